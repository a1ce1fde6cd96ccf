# What ONNX Runtime makes of exports: quantised, fused, its own layout.
import os
import pathlib
import tempfile

from .common import dynamo, legacy, only, pixels, recipe, text_encoder, tokens
from .pictures import vision


# --- what ONNX Runtime makes of exports ---
def small_resnet(path):
    legacy(path, vision("resnet18"), pixels(), 17, names=["input"])


def small_bert(path):
    legacy(path, only(text_encoder(), "input_ids"), (tokens(64),), 14, names=["input_ids"])


@recipe("onnxruntime", "transformers")
def ort_bert_fused(path):
    from onnxruntime.transformers import optimizer

    small_bert(path)
    optimizer.optimize_model(path, "bert", num_heads=12, hidden_size=768).save_model_to_file(path)


@recipe("onnxruntime", "transformers")
def ort_vit_fused_fp16(path):
    import transformers
    from onnxruntime.transformers import optimizer

    config = transformers.ViTConfig(num_hidden_layers=2, attn_implementation="eager")
    legacy(path, only(transformers.ViTModel(config, add_pooling_layer=False), "pixel_values"), pixels(), 17)
    fused = optimizer.optimize_model(path, "vit", num_heads=12, hidden_size=768)
    fused.convert_float_to_float16()
    fused.save_model_to_file(path)


@recipe("onnxruntime", "torchvision")
def ort_resnet18_offline(path):
    small_resnet(path)
    offline(path)


def offline(path):
    """What a session keeps of the model at `path` with all its optimisations."""
    import onnxruntime

    source = pathlib.Path(path).read_bytes()
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(path)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    onnxruntime.InferenceSession(source, options)


@recipe("onnxruntime", "torchvision")
def ort_mobilenet_v3_offline(path):
    legacy(path, vision("mobilenet_v3_large"), pixels(), 17, names=["input"])
    offline(path)


@recipe("onnxruntime", "torchvision")
def q_mobilenet_v2_qdq_offline(path):
    from onnxruntime.quantization import QuantFormat

    legacy(path, vision("mobilenet_v2"), pixels(), 17, names=["input"])
    quantised(path, path, quant_format=QuantFormat.QDQ)
    offline(path)


@recipe("onnxruntime", "transformers")
def q_bert_bnb4(path):
    import onnx
    from onnxruntime.quantization import matmul_bnb4_quantizer

    small_bert(path)
    quantizer = matmul_bnb4_quantizer.MatMulBnb4Quantizer(onnx.load(path), 0, 64)
    quantizer.process()
    quantizer.model.save_model_to_file(path)


@recipe("onnxruntime", "transformers")
def q_bert_matmulnbits(path):
    import onnx
    from onnxruntime.quantization import matmul_nbits_quantizer

    small_bert(path)
    quantizer = matmul_nbits_quantizer.MatMulNBitsQuantizer(onnx.load(path), block_size=32)
    quantizer.process()
    quantizer.model.save_model_to_file(path)


def quantised(path, source, **options):
    import numpy
    from onnxruntime import quantization

    class Pictures(quantization.CalibrationDataReader):
        def __init__(self):
            random = numpy.random.default_rng(0)
            self.left = [{"input": random.random((1, 3, 224, 224), dtype=numpy.float32)} for _ in range(2)]

        def get_next(self):
            return self.left.pop() if self.left else None

    with tempfile.TemporaryDirectory() as folder:
        ready = os.path.join(folder, "ready.onnx")
        quantization.shape_inference.quant_pre_process(source, ready, skip_symbolic_shape=True)
        quantization.quantize_static(ready, path, Pictures(), **options)


@recipe("onnxruntime", "torchvision")
def q_mobilenet_v2_qdq_channel(path):
    from onnxruntime.quantization import QuantFormat, QuantType

    legacy(path, vision("mobilenet_v2"), pixels(), 17, names=["input"])
    quantised(path, path, quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8)


@recipe("onnxruntime", "torchvision")
def q_mobilenet_v2_qoperator(path):
    from onnxruntime.quantization import QuantFormat

    legacy(path, vision("mobilenet_v2"), pixels(), 17, names=["input"])
    quantised(path, path, quant_format=QuantFormat.QOperator)


@recipe("onnxruntime", "torchvision")
def q_resnet18_qdq_dynamo(path):
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType

    dynamo(path, vision("resnet18"), pixels(), 21, names=["input"])
    onnx.save(onnx.load(path), path)  # in one file, as the quantiser wants it
    quantised(path, path, quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt16)
