"""Pages from templates: autoescape on, an unknown name is an error, the context is one typed dataclass."""

from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic_core import to_json
from starlette.responses import HTMLResponse

from epochwatch_server.web.static_files import StaticFiles

_ISLAND_ESCAPES = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


class Templates:
    """The templates of one folder; all of them know `static_url(path)`, `module_urls(path)` and `plotly_url`."""

    def __init__(self, folder: Path, static: StaticFiles) -> None:
        self.static = static
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["static_url"] = static.url
        self._environment.globals["module_urls"] = static.module_urls

    def render(self, template: str, context: object, csp_nonce: str) -> str:
        """Render a template: the context is `page`, the nonce of this answer `csp_nonce`."""
        values = {"page": context, "csp_nonce": csp_nonce, "plotly_url": self.static.plotly_url()}
        return self._environment.get_template(template).render(values)


def page(template: str, context: object, request: Request, *, status: int = 200) -> HTMLResponse:
    """Answer with a page.

    Args:
        template: Its name below `templates/`, such as `pages/runs.html`.
        context: One dataclass; the template knows it as `page`.
        request: Whose answer it is: carries the services and the nonce of the content security policy.
        status: HTTP status of the answer.
    """
    templates: Templates = request.app.state.services.templates
    return HTMLResponse(templates.render(template, context, csp_nonce_of(request)), status)


def csp_nonce_of(request: Request) -> str:
    """Tell the nonce that this answer's content security policy names."""
    nonce: str = request.scope.get("state", {}).get("csp_nonce", "")
    return nonce


def json_island(data: Any) -> Markup:
    """Encode data for a `<script type="application/json">`: nothing in it can end the element or start another."""
    text = to_json(data, inf_nan_mode="strings").decode()
    return Markup(text.translate(_ISLAND_ESCAPES))  # noqa: S704 - every character that could matter is escaped above
