"""Folders between two pages: chosen, dropped, and saved as an archive or into a folder."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from visitor import Visitor, connect

TREE = {"a.txt": b"one", "2024/a.txt": b"two" * 50_000, "2024/June/b.bin": bytes(range(256)) * 4000, "empty.txt": b""}

# The browser's own dialog cannot be used in a test; private storage has folders of the same kind.
CHOOSE_A_FOLDER = "() => { window.showDirectoryPicker = () => navigator.storage.getDirectory(); }"
READ_THE_FOLDER = """
async () => {
    const read = async (folder) => {
        const found = {};
        for await (const [name, handle] of folder.entries()) {
            if (name === "received-files") continue;
            if (handle.kind === "directory") found[name] = await read(handle);
            else found[name] = (await handle.getFile()).size;
        }
        return found;
    };
    return await read(await navigator.storage.getDirectory());
}
"""
# A folder as a drop has it. What is dropped for real comes from outside of the page.
DROP_A_FOLDER = """
(counts) => {
    const folderOf = (name, entries) => ({ name, isDirectory: true, createReader: () => {
        const batches = [entries.slice(0, 100), entries.slice(100)].filter(({ length }) => length > 0);
        return { readEntries: (resolve) => resolve(batches.shift() ?? []) };
    } });
    const fileOf = (name) => ({ name, isDirectory: false, file: (resolve) => resolve(new File([name], name)) });
    const filesOf = (count) => Array.from({ length: count }, (_, index) => fileOf(`${index}.txt`));
    const items = counts.map(([name, count]) => ({ kind: "file", getAsFile: () => null, webkitGetAsEntry: () =>
        folderOf(name, [...filesOf(count), folderOf("deeper", filesOf(Math.min(count, 3)))]) }));
    const event = new Event("drop", { bubbles: true, cancelable: true });
    Object.defineProperty(event, "dataTransfer", { value: { types: ["Files"], items } });
    document.dispatchEvent(event);
}
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name, content in TREE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_a_folder_arrives_as_an_archive_where_the_browser_has_no_folders(two: tuple[Visitor, Visitor], photos: Path) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.at("folder-input").set_input_files(photos)
    expect(theirs.transfer("photos").locator(".hint")).to_contain_text("4 files")
    with theirs.page.expect_download(timeout=90_000) as download:
        theirs.press("Accept", "photos")
    assert download.value.suggested_filename == "photos.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {f"photos/{name}": content for name, content in TREE.items()}
    for visitor in two:
        visitor.sees_transfer("photos", "done", "SHA-256 equal")
        expect(visitor.page.locator("#transfers li")).to_have_count(1)
    expect(ours.at("transfers-done")).to_contain_text("4 files")


def test_a_folder_and_files_go_into_a_folder_that_is_chosen_once(
    two: tuple[Visitor, Visitor], photos: Path, make_file: Callable[..., Path]
) -> None:
    ours, theirs = two
    connect(ours, theirs)
    theirs.page.evaluate(CHOOSE_A_FOLDER)
    ours.offer(make_file("single.bin", 1000))
    ours.at("folder-input").set_input_files(photos)
    ours.at("folder-input").set_input_files(photos)
    expect(theirs.page.locator("#transfers li")).to_have_count(3)
    theirs.page.get_by_role("button", name="Accept all", exact=True).click()
    expect(theirs.page.locator("#transfers li[data-state=done]")).to_have_count(3, timeout=90_000)
    found = theirs.page.evaluate(READ_THE_FOLDER)
    assert found["single.bin"] == 1000
    # The second one has the same names.
    assert sorted(found["photos"]) == ["2024", "a (2).txt", "a.txt", "empty (2).txt", "empty.txt"]
    assert found["photos"]["2024"]["June"] == {"b.bin": 1_024_000, "b (2).bin": 1_024_000}


def test_a_folder_that_is_dropped_is_read_to_its_end(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.page.evaluate(DROP_A_FOLDER, [["dropped", 150]])
    expect(theirs.transfer("dropped").locator(".hint")).to_contain_text("153 files")
    with theirs.page.expect_download(timeout=90_000) as download:
        theirs.press("Accept", "dropped")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert len(archive.namelist()) == 153
        assert archive.read("dropped/deeper/2.txt") == b"2.txt"


def test_what_is_no_folder_to_send_is_said(two: tuple[Visitor, Visitor]) -> None:
    ours, theirs = two
    ours.page.evaluate(DROP_A_FOLDER, [["hollow", 0]])
    expect(ours.at("start-note")).to_have_text("There are no files in hollow.")
    code = ours.create_code()
    expect(ours.at("start-note")).to_have_text("")
    ours.page.evaluate(DROP_A_FOLDER, [["hollow", 0]])
    expect(ours.at("file-note")).to_have_text("There are no files in hollow.")
    theirs.enter(code)
    ours.sees_screen("connected")
    expect(ours.at("file-note")).to_be_hidden()
    ours.page.evaluate(DROP_A_FOLDER, [["endless", 10_001]])
    expect(ours.at("notice")).to_contain_text("endless holds more than 10,000 files", timeout=60_000)
    expect(theirs.page.locator("#transfers li")).to_have_count(0)


@pytest.mark.parametrize("who", ["the sender", "the receiver"])
def test_a_folder_is_cancelled_by(two: tuple[Visitor, Visitor], tmp_path: Path, who: str) -> None:
    ours, theirs = two
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.bin").write_bytes(bytes(1 << 20))
    connect(ours, theirs)
    ours.at("folder-input").set_input_files(folder)
    cancelling, other = (ours, theirs) if who == "the sender" else (theirs, ours)
    cancelling.press_once_it_is_there("Remove", "many")
    theirs.press("Accept", "many")
    theirs.sees_transfer("many", "moving")
    cancelling.press("Cancel", "many")
    expect(cancelling.transfer("many")).to_have_count(0)
    other.sees_transfer("many", "cancelled", "The other side cancelled it")


def test_a_folder_is_declined(two: tuple[Visitor, Visitor], photos: Path) -> None:
    ours, theirs = two
    connect(ours, theirs)
    ours.at("folder-input").set_input_files(photos)
    theirs.press("Decline", "photos")
    theirs.sees_transfer("photos", "declined", "You declined it")
    ours.sees_transfer("photos", "declined", "does not want")
