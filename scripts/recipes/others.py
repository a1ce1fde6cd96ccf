# Control flow, speech, Keras, TensorFlow, Paddle, scikit-learn.
import importlib.util
import os
import pathlib

from .common import dynamo, legacy, pixels, recipe


# --- control flow ---
@recipe("torch")
def cf_cond_dynamo(path):
    import torch

    class Choice(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(3, 16, 3, padding=1)

        def forward(self, x):
            return torch.cond(x.sum() > 0, lambda x: self.conv(x).relu(), lambda x: self.conv(x).sigmoid(), (x,))

    dynamo(path, Choice(), pixels(32), 18)


@recipe("torch")
def cf_script_loop_legacy(path):
    import torch

    class Steps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(64, 64)

        def forward(self, x):
            for _ in range(10):
                x = torch.tanh(self.linear(x))
            return x

    legacy(path, torch.jit.script(Steps()), (torch.randn(1, 64),))


# --- Keras, TensorFlow, Paddle, scikit-learn ---
@recipe("keras")
def keras_unet_fixed(path):
    has_torch = importlib.util.find_spec("torch") is not None
    os.environ["KERAS_BACKEND"] = "torch" if has_torch else "tensorflow"
    import keras

    layers = keras.layers
    image = x = layers.Input((128, 128, 3), batch_size=1)
    x = skip = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(16, 3, padding="same", activation="gelu")(x)
    x = layers.UpSampling2D(interpolation="bilinear")(x)
    x = layers.Concatenate()([x, skip])
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    network = keras.Model(image, layers.Conv2D(4, 1, activation="softmax")(x))
    network(keras.ops.zeros((1, 128, 128, 3)))  # traced once, which the export wants
    network.export(path, format="onnx")


def from_tensorflow(path, function, shape, opset=17):
    import tensorflow
    import tf2onnx

    signature = [tensorflow.TensorSpec(shape, tensorflow.float32, name="input")]
    tf2onnx.convert.from_function(tensorflow.function(function, input_signature=signature), signature, opset=opset,
                                  output_path=path)


@recipe("tensorflow", "tf2onnx")
def tf_mobilenet_v2(path):
    import tensorflow

    network = tensorflow.keras.applications.MobileNetV2(weights=None)
    from_tensorflow(path, lambda x: network(x, training=False), (1, 224, 224, 3))


@recipe("tensorflow", "tf2onnx")
def tf_resnet50v2_batch(path):
    import tensorflow

    network = tensorflow.keras.applications.ResNet50V2(weights=None)
    from_tensorflow(path, lambda x: network(x, training=False), (None, 224, 224, 3), 18)


@recipe("tensorflow", "tf2onnx")
def tf_nms_tail(path):
    import tensorflow

    def tail(x):
        boxes, scores = x[:, :4], tensorflow.sigmoid(x[:, 4])
        chosen = tensorflow.image.non_max_suppression(boxes, scores, 100)
        return tensorflow.gather(boxes, chosen)

    from_tensorflow(path, tail, (1000, 5))


@recipe("paddle", "paddle2onnx")
def pd_mobilenet_v3_small_batch(path):
    import paddle

    network = paddle.vision.models.mobilenet_v3_small()
    network.eval()
    paddle.onnx.export(network, str(path).removesuffix(".onnx"), opset_version=14,
                       input_spec=[paddle.static.InputSpec([-1, 3, 224, 224], "float32", "x")])


@recipe("sklearn", "skl2onnx")
def sk_forest(path):
    import numpy
    import skl2onnx
    import sklearn.ensemble

    random = numpy.random.default_rng(0)
    x = random.random((200, 8), dtype=numpy.float32)
    forest = sklearn.ensemble.RandomForestRegressor(10, max_depth=6, random_state=0).fit(x, x.sum(1))
    pathlib.Path(path).write_bytes(skl2onnx.to_onnx(forest, x[:1]).SerializeToString())


# --- speech and text in pictures ---
def reader_of_lines(time_axis):
    import torch

    class Reader(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.features = torch.nn.Sequential(torch.nn.Conv2d(1, 32, 3, 2, 1), torch.nn.ReLU(),
                                                torch.nn.Conv2d(32, 64, 3, 2, 1), torch.nn.ReLU())
            self.lstm = torch.nn.LSTM(64 * 8, 128, 2, bidirectional=True, batch_first=True)
            self.head = torch.nn.Linear(256, 80)

        def forward(self, x):
            if time_axis:
                x = self.features(x).permute(0, 3, 1, 2).flatten(2)
            return self.head(self.lstm(x)[0])

    return Reader()


@recipe("torch")
def rnn_crnn_ocr_dynamo18(path):
    import torch

    dynamo(path, reader_of_lines(True), (torch.randn(1, 1, 32, 160),), 18)


@recipe("torch")
def rnn_lstm_bi_dynamo(path):
    import torch

    dynamo(path, reader_of_lines(False), (torch.randn(1, 50, 512),))


@recipe("torch")
def sp_stft_mel_dynamo(path):
    import torch

    class Mel(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("window", torch.hann_window(400))
            self.register_buffer("filters", torch.rand(80, 201))

        def forward(self, x):
            spectrum = torch.stft(x, 400, 160, window=self.window, return_complex=False)
            return torch.log(self.filters @ spectrum.pow(2).sum(-1) + 1e-6)

    dynamo(path, Mel(), (torch.randn(1, 16000),))
