# The server alone: no PyTorch. Data and token live in /data; a one-time link is printed at every start.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    EPOCHWATCH_DATA=/data \
    EPOCHWATCH_HOST=0.0.0.0 \
    EPOCHWATCH_PORT=8421

WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY client_hook client_hook
COPY server server
COPY templates templates
COPY static static
COPY migrations migrations
COPY examples examples
# What is installed is this source tree, whose own ranges stand in pyproject.toml.
# hadolint ignore=DL3013
RUN pip install ".[server]" \
    && rm -rf /src/* \
    && useradd --system --create-home --uid 10001 epochwatch \
    && mkdir /data \
    && chown epochwatch /data

USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8421
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8421/health', timeout=2)"]
# Exec form, so that SIGTERM reaches the server and it ends within two seconds.
CMD ["epochwatch", "serve"]
