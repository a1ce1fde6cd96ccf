# Networks of torchvision, timm and ultralytics.
import contextlib
import pathlib
import tempfile

from .common import RECIPES, batch_axis, dynamo, legacy, pixels, recipe


# --- torchvision ---
def vision(name, **options):
    import torchvision

    return torchvision.models.get_model(name, weights=None, **options)


@recipe("torchvision")
def tv_convnext_tiny_dynamo18(path):
    dynamo(path, vision("convnext_tiny"), pixels(), 18)


@recipe("torchvision")
def tv_deeplabv3_mobilenet_dynamo_hw(path):
    import torch

    network = vision("deeplabv3_mobilenet_v3_large", weights_backbone=None)

    class Out(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = network

        def forward(self, x):
            return self.m(x)["out"]

    names = {0: "batch", 2: "height", 3: "width"}
    dynamo(path, Out(), pixels(256, 2), dynamic=({i: torch.export.Dim(n) for i, n in names.items()},))


@recipe("torchvision")
def tv_fasterrcnn_mobilenet_legacy(path):
    legacy(path, vision("fasterrcnn_mobilenet_v3_large_320_fpn", weights_backbone=None), pixels(320))


@recipe("torchvision")
def tv_retinanet_legacy(path):
    legacy(path, vision("retinanet_resnet50_fpn", weights_backbone=None), pixels(320))


@recipe("torchvision")
def tv_fcn_resnet50_dynamo(path):
    dynamo(path, vision("fcn_resnet50", weights_backbone=None), pixels(512))


@recipe("torchvision")
def tv_maxvit_t_dynamo23(path):
    dynamo(path, vision("maxvit_t"), pixels(), 23)


@recipe("torchvision")
def tv_mvit_v2_s_dynamo18(path):
    import torch

    dynamo(path, vision("mvit_v2_s"), (torch.randn(1, 3, 16, 224, 224),), 18)


@recipe("torchvision")
def tv_mobilenet_v3_large_legacy_axes(path):
    legacy(path, vision("mobilenet_v3_large"), pixels(), axes={"input": {0: "batch_size"}}, names=["input"])


@recipe("torchvision")
def tv_r3d_18_dynamo(path):
    import torch

    dynamo(path, vision("r3d_18"), (torch.randn(1, 3, 16, 112, 112),))


def flow():
    import torch

    network = vision("raft_small")

    class Last(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = network

        def forward(self, a, b):
            return self.m(a, b, num_flow_updates=4)[-1]

    return Last(), (*pixels(256), *pixels(256))


@recipe("torchvision")
def tv_raft_small_dynamo(path):
    dynamo(path, *flow())


@recipe("torchvision")
def tv_raft_small_legacy(path):
    legacy(path, *flow())


@recipe("torchvision")
def tv_resnet50_dynamo_batch(path):
    dynamo(path, vision("resnet50"), pixels(224, 2), dynamic=batch_axis())


@recipe("torchvision")
def tv_swin_v2_t_dynamo(path):
    dynamo(path, vision("swin_v2_t"), pixels(256))


# --- timm ---
def timm_dynamo(path, name, opset=None, size=224):
    import timm

    dynamo(path, timm.create_model(name, pretrained=False), pixels(size), opset)


@recipe("timm")
def timm_convnextv2_atto_dynamo(path):
    timm_dynamo(path, "convnextv2_atto")


@recipe("timm")
def timm_eva02_tiny_dynamo23(path):
    timm_dynamo(path, "eva02_tiny_patch14_224", 23)


@recipe("timm")
def timm_mobilenetv4_conv_small_dynamo18(path):
    timm_dynamo(path, "mobilenetv4_conv_small", 18)


@recipe("timm")
def timm_vit_small_dynamo21(path):
    timm_dynamo(path, "vit_small_patch16_224", 21)


@recipe("timm")
def timm_xcit_nano_dynamo18(path):
    timm_dynamo(path, "xcit_nano_12_p16_224", 18)


# --- ultralytics ---
def yolo(path, name, **options):
    import ultralytics

    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        made = ultralytics.YOLO(name + ".yaml").export(format="onnx", **options)
        pathlib.Path(path).write_bytes(pathlib.Path(made).read_bytes())


for export, (network, options) in {
    "yolo11n_cls": ("yolo11n-cls", {"imgsz": 224}),
    "yolo11n_pose_nosimplify": ("yolo11n-pose", {"simplify": False}),
    "yolo11n_seg": ("yolo11n-seg", {}),
    "yolo12n_detect": ("yolo12n", {}),
    "yolo26n_detect": ("yolo26n", {}),
    "yolo26n_seg_dynamic": ("yolo26n-seg", {"dynamic": True}),
    "yolov8n_seg_dynamic_nosimplify": ("yolov8n-seg", {"dynamic": True, "simplify": False}),
}.items():
    RECIPES[export] = (("ultralytics",),
                       lambda path, network=network, options=options: yolo(path, network, **options))
