"""What several files of tests share."""

import os
from pathlib import Path

import pytest

import tpuscope

# A network of two operators, in the project's text.
TEXT = """x = Input f32[1,64,28,28]
w = Weight f32[64,64,3,3]
y = Conv(x, w) pads=[1,1,1,1]
z = Relu(y)
return z
"""


@pytest.fixture(scope="session")
def run():
    return tpuscope.profile("resnet50", precision="int8")


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "small.tpu"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="session")
def program():
    """The program of the same build."""
    path = os.environ.get("TPUSCOPE_PROGRAM")
    if not path:
        pytest.skip("TPUSCOPE_PROGRAM names no program")
    return path


@pytest.fixture(scope="session")
def onnx_bytes():
    """A small model of ONNX's own tests."""
    folder = os.environ.get("TPUSCOPE_ONNX_TESTDATA")
    if not folder:
        pytest.skip("TPUSCOPE_ONNX_TESTDATA names no folder")
    return Path(folder, "node/test_basic_conv_with_padding/model.onnx").read_bytes()
