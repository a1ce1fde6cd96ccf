# What recipes of exports share: how they register, the two exporters of torch, inputs.
RECIPES = {}


def recipe(*needed):
    """Registers a function that writes the model to the path it is given."""

    def add(function):
        RECIPES[function.__name__] = (needed, function)
        return function

    return add


def dynamo(path, model, inputs, opset=None, dynamic=None, names=None, outputs=None):
    import torch

    options = {"opset_version": opset} if opset else {}
    with torch.no_grad():
        torch.onnx.export(model.eval(), inputs, path, dynamo=True, external_data=True, verbose=False,
                          input_names=names, output_names=outputs, dynamic_shapes=dynamic, **options)


def legacy(path, model, inputs, opset=17, axes=None, names=None, outputs=None):
    import torch

    with torch.no_grad():
        torch.onnx.export(model.eval(), inputs, path, dynamo=False, opset_version=opset, dynamic_axes=axes,
                          input_names=names, output_names=outputs)


def pixels(size=224, count=1, channels=3):
    import torch

    return (torch.randn(count, channels, size, size),)


def only(model, *keep, **fixed):
    """A model of transformers whose forward takes its inputs by place and returns one tensor."""
    import torch

    class Only(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = model

        def forward(self, *inputs):
            result = self.m(**dict(zip(keep, inputs)), **fixed, return_dict=False)
            return result[0]

    return Only()


def tokens(count=128, batch=1, vocabulary=1000):
    import torch

    return torch.randint(0, vocabulary, (batch, count))


def text_encoder(kind="Bert"):
    import transformers

    config = getattr(transformers, kind + "Config")(num_hidden_layers=4, attn_implementation="eager")
    return getattr(transformers, kind + "Model")(config, add_pooling_layer=False)


def batch_axis():
    import torch

    return ({0: torch.export.Dim("batch")},)
