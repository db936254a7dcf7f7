"""What a run of the demo leaves behind: nothing."""

from tocsin.demo.place import remove


def test_the_database_behind_the_link_goes_with_the_folder(tmp_path):
    folder, lib = tmp_path / "base" / "demo-7", tmp_path / "lib"
    elsewhere, others = lib / "demo-7-x1y2", lib / "real"
    for made in (folder, elsewhere / "data", others):
        made.mkdir(parents=True)
    (folder / "postgres").symlink_to(elsewhere)
    remove(folder)
    assert not folder.exists()
    assert not elsewhere.exists()
    folder.mkdir()
    (folder / "postgres").symlink_to(others)
    remove(folder)
    assert others.exists()
