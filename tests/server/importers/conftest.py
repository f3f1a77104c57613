"""What the tests of importers share: the logs that other programs wrote, each made once."""

import pytest
from tests.server.importers.foreign import Logs


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    return Logs(tmp_path_factory.mktemp("logs"), {})
