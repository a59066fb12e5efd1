"""Run folders appear whole or not at all."""

import stat
from pathlib import Path

import pytest

from bloomery.errors import OutputError
from bloomery.store import building, check_free, private, remove, settle, write_atomic


def test_a_folder_appears_only_when_the_block_ends_well(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    with building(out) as folder:
        (folder / "manifest.json").write_text("{}")
        assert not out.exists()
    assert [p.name for p in out.iterdir()] == ["manifest.json"]
    assert [p.name for p in out.parent.iterdir()] == ["run"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_when_the_block_fails(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), building(tmp_path / "run") as folder:
        (folder / "data.jsonl").write_text("half")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_interrupted_or_killed_before_the_marker_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", interrupted)
        with pytest.raises(KeyboardInterrupt), building(tmp_path / "run"):
            pass
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "run.partial").mkdir()
    with building(tmp_path / "run") as folder:
        (folder / "manifest.json").write_text("{}")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_killed_run_is_cleared_away_by_the_next_one(tmp_path: Path) -> None:
    context = building(tmp_path / "run")
    (context.__enter__() / "data.jsonl").write_text("half")  # and then the process is killed
    with building(tmp_path / "run") as folder:
        assert not (folder / "data.jsonl").exists()
    context.gen.close()  # type: ignore[attr-defined]


def test_a_folder_of_somebody_else_is_never_removed(tmp_path: Path) -> None:
    mine = tmp_path / "run.partial"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="in the way"), building(tmp_path / "run"):
        pass
    assert (mine / "thesis.txt").read_text() == "years of work"


def test_an_existing_output_is_refused_unless_it_is_a_run_to_replace(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    check_free(out)  # empty: fine
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    for replace in (False, True):
        with pytest.raises(OutputError, match="another kind"):
            check_free(out, replace=replace)
    (out / "manifest.json").write_text("{}")
    with pytest.raises(OutputError, match="--replace"):
        check_free(out, replace=False)
    with pytest.raises(OutputError, match="Choose another --out\\.$"):  # of a verb that has no such flag
        check_free(out)
    with building(out, replace=True) as folder:
        (folder / "manifest.json").write_text("{}")
    assert not (out / "notes.txt").exists()


def test_private_is_for_its_owner_only(tmp_path: Path) -> None:
    assert stat.S_IMODE(private(tmp_path).stat().st_mode) == 0o700


def test_write_atomic_leaves_no_second_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"1")
    write_atomic(tmp_path / "a", b"2")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"2")]


def finished(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    (folder / "data.jsonl").write_text(text)


@pytest.mark.parametrize("moment", range(5))
def test_a_replacement_that_is_killed_between_two_renames_leaves_one_whole_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """Killed at each of the steps in which a run takes the place of another: afterwards there is one, old or new, and no litter."""
    out = tmp_path / "run"
    finished(out, "old")
    steps = 0

    def dying(original: object) -> object:
        def step(self: Path, *arguments: object, **options: object) -> object:
            nonlocal steps
            if self.name.startswith("run") or self.parent.name.startswith("run"):
                steps += 1
                if steps > moment + 2:  # after those that begin the partial folder
                    raise SystemExit("killed")
            return original(self, *arguments, **options)  # type: ignore[operator]

        return step

    with monkeypatch.context() as patch:
        for name in ("touch", "rename", "unlink"):
            patch.setattr(Path, name, dying(getattr(Path, name)))
        patch.setattr("shutil.rmtree", lambda *_, **__: None)  # a kill cleans nothing up
        try:
            with building(out, replace=True) as folder:
                (folder / "manifest.json").write_text("{}")
                (folder / "data.jsonl").write_text("new")
        except SystemExit:
            pass
    settle(out)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert sorted(path.name for path in out.iterdir()) == ["data.jsonl", "manifest.json"]
    assert (out / "data.jsonl").read_text() in ("old", "new")


def test_what_a_user_called_old_is_never_removed(tmp_path: Path) -> None:
    finished(tmp_path / "run", "mine")
    finished(tmp_path / "run.old", "years of work")
    with pytest.raises(OutputError, match="in the way"), building(tmp_path / "run", replace=True):
        pass
    assert (tmp_path / "run.old" / "data.jsonl").read_text() == "years of work"


def test_a_run_is_removed_whole(tmp_path: Path) -> None:
    finished(tmp_path / "run", "old")
    remove(tmp_path / "run")
    remove(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
