"""What a page's script imports is found in the sources themselves."""

from epochwatch_server.web.module_graph import modules_of

SOURCES = {
    "js/pages/run.js": (
        '// @ts-check\nimport { ask } from "../api.js";\n'
        'import {\n  Wall,\n  other,\n} from "../parts/wall.js";\nstart();\n'
    ),
    "js/parts/wall.js": (
        'import "./side-effect.js";\nexport { one } from "./shared.js";\nimport { ask } from "../api.js";\n'
        'import { away } from "./missing.js";\n/** @typedef {import("./only-a-type.js").Type} Type */\n'
    ),
    "js/parts/shared.js": 'import { Wall } from "./wall.js";\nconst text = "import from nowhere";\n',
    "js/parts/side-effect.js": 'const late = () => import("./later.js");\n',
    "js/parts/only-a-type.js": "",
    "js/parts/later.js": "",
    "js/api.js": "",
}


def test_every_module_is_listed_once_whatever_imports_it_and_in_circles_too() -> None:
    found = modules_of("js/pages/run.js", SOURCES.get)
    assert found == ("js/api.js", "js/parts/wall.js", "js/parts/side-effect.js", "js/parts/shared.js")


def test_a_module_that_imports_nothing_has_nothing_to_list() -> None:
    assert modules_of("js/api.js", SOURCES.get) == ()
    assert modules_of("js/gone.js", SOURCES.get) == ()
