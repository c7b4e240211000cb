"""The service's archive, which may be created after the service has started."""

import pytest
from support.serving import NEWS, archive_of, put

from recommender.errors import CatalogError
from service.archive import Archive


def test_archive_may_be_created_after_the_service_has_started(tmp_path):
    folder = tmp_path / "later"
    archive = Archive(archive_of(folder))
    with pytest.raises(CatalogError):
        archive.catalog()
    folder.mkdir()
    put(folder, NEWS)
    assert archive.catalog().get("ferry-1") == NEWS[0]
    archive.close()
