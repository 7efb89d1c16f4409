# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A file is written whole or not at all, and a short name says whether its bytes are still the same.'
from typing import Any
__all__ = ['write_atomically', 'file_sha256', 'sha256_of', 'portable']
import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
def temporary_name(name, pid):
    'A new name for a file that process `pid` on this machine writes beside the file `name`'
    ...
def is_running(pid):
    'Does process `pid` run on this machine? True also where that cannot be asked'
    ...
def remove_leftovers(folder):
    'Delete the temporary files in `folder` whose writers, processes of this machine, have ended'
    ...
def target_of(path):
    'The file that `path` names, behind symbolic links; an error if it cannot be written there'
    ...
def keep_mode(old, new):
    'Give the file `new` the mode of `old`, if that exists'
    ...
def naming(path, error):
    'The `error` of the system, about `path`'
    ...
def write_atomically(path, data, check=None) -> None:
    'Write `data` to the file `path`; if anything goes wrong, the file holds what it held before\n\n    A file that was there keeps its mode. Of several threads or processes that write one file at\n    once, one is the last, and the file is all its own. An `OSError` names `path`.'
    ...
def lock(file):
    'Wait until no other process holds `file`, open to write; the hold of one that is killed ends'
    ...
def file_sha256(path) -> str:
    'The SHA-256 of a file, 64 hexadecimal digits'
    ...
def as_bytes(piece):
    'The bytes of an array in C order, of text in UTF-8; bytes as they are'
    ...
def sha256_of(*pieces) -> str:
    'The SHA-256 (FIPS 180-4) of all `pieces` in turn: 64 hexadecimal digits\n\n    Of an array its bytes count, in C order, not its shape or dtype; text counts in UTF-8.'
    ...
def portable(array):
    "`array` as files hold it: C-ordered, bytes in this machine's order; itself if it is so already"
    ...
