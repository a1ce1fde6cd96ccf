# Networks of transformers and diffusers.
from .common import batch_axis, dynamo, legacy, only, pixels, recipe, text_encoder, tokens


# --- transformers ---
@recipe("transformers")
def hf_bert_dynamo(path):
    dynamo(path, only(text_encoder(), "input_ids"), (tokens(),))


@recipe("transformers")
def hf_bert_dynamo_dynamic(path):
    import torch

    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=512)}
    dynamo(path, only(text_encoder(), "input_ids", "attention_mask"),
           (tokens(64, 2), torch.ones(2, 64, dtype=torch.int64)), dynamic={"inputs": (axes, axes)})


@recipe("transformers")
def hf_bert_legacy_axes(path):
    import torch

    axes = {0: "batch", 1: "sequence"}
    names = ["input_ids", "attention_mask"]
    legacy(path, only(text_encoder(), *names), (tokens(64), torch.ones(1, 64, dtype=torch.int64)), 17,
           {name: axes for name in names}, names)


@recipe("transformers")
def hf_roberta_dynamo18(path):
    dynamo(path, only(text_encoder("Roberta"), "input_ids"), (tokens(),), 18)


@recipe("transformers")
def hf_conformer_legacy(path):
    import torch
    import transformers

    config = transformers.Wav2Vec2ConformerConfig(num_hidden_layers=2)
    legacy(path, only(transformers.Wav2Vec2ConformerModel(config), "input_values"), (torch.randn(1, 16000),))


@recipe("transformers")
def hf_depth_anything_dynamo18(path):
    import transformers

    backbone = transformers.Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14,
                                         out_features=["stage3", "stage6", "stage9", "stage12"],
                                         apply_layernorm=True, reshape_hidden_states=False)
    config = transformers.DepthAnythingConfig(backbone_config=backbone, reassemble_hidden_size=384,
                                              neck_hidden_sizes=[48, 96, 192, 384], fusion_hidden_size=64)
    dynamo(path, only(transformers.DepthAnythingForDepthEstimation(config), "pixel_values"), pixels(518), 18)


def decoder(kind="Llama"):
    import transformers

    config = getattr(transformers, kind + "Config")(
        hidden_size=1024, intermediate_size=2816, num_hidden_layers=2, num_attention_heads=16,
        num_key_value_heads=4, vocab_size=32000, attn_implementation="eager")
    return getattr(transformers, kind + "ForCausalLM")(config)


@recipe("transformers")
def hf_llama_dynamo(path):
    dynamo(path, only(decoder(), "input_ids", use_cache=False), (tokens(),))


@recipe("transformers")
def hf_llama_dynamo23_dynamic(path):
    import torch

    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("sequence", max=2048)}
    dynamo(path, only(decoder(), "input_ids", use_cache=False), (tokens(64, 2),), 23, {"inputs": (axes,)})


@recipe("transformers")
def hf_qwen2_decode_legacy_axes(path):
    import torch
    import transformers

    network = decoder("Qwen2")
    layers, heads, width = 2, 4, 64

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = network

        def forward(self, input_ids, attention_mask, position_ids, *past):
            cache = transformers.DynamicCache()
            for layer in range(layers):
                cache.update(past[2 * layer], past[2 * layer + 1], layer)
            result = self.m(input_ids=input_ids, attention_mask=attention_mask, position_ids=position_ids,
                            past_key_values=cache, use_cache=True)
            return result.logits

    past = [torch.randn(1, heads, 16, width) for _ in range(2 * layers)]
    names = ["input_ids", "attention_mask", "position_ids"]
    names += [f"past_key_values.{i}.{kind}" for i in range(layers) for kind in ("key", "value")]
    axes = {name: {0: "batch_size", 2: "past_sequence_length"} for name in names[3:]}
    axes |= {name: {0: "batch_size", 1: "sequence_length"} for name in ("input_ids", "position_ids")}
    axes["attention_mask"] = {0: "batch_size", 1: "past_sequence_length + sequence_length"}
    legacy(path, Step(), (tokens(2), torch.ones(1, 18, dtype=torch.int64), torch.arange(16, 18)[None], *past), 17,
           axes, names, ["logits"])


@recipe("transformers")
def hf_sam_vision_dynamo18(path):
    import transformers

    config = transformers.SamVisionConfig(hidden_size=192, num_hidden_layers=2, num_attention_heads=3,
                                          global_attn_indexes=[1])
    dynamo(path, only(transformers.SamVisionModel(config), "pixel_values"), pixels(1024), 18)


@recipe("transformers")
def hf_segformer_b0_dynamo(path):
    import transformers

    dynamo(path, only(transformers.SegformerForSemanticSegmentation(transformers.SegformerConfig()), "pixel_values"),
           pixels(512))


@recipe("transformers")
def hf_t5_legacy14(path):
    import transformers

    config = transformers.T5Config(num_layers=2, num_decoder_layers=2, decoder_start_token_id=0)
    legacy(path, only(transformers.T5ForConditionalGeneration(config), "input_ids", "decoder_input_ids",
                      use_cache=False), (tokens(64), tokens(16)), 14)


@recipe("transformers")
def hf_vit_dynamo_batch(path):
    import transformers

    config = transformers.ViTConfig(num_hidden_layers=4, attn_implementation="eager")
    dynamo(path, only(transformers.ViTModel(config, add_pooling_layer=False), "pixel_values"), pixels(224, 2),
           dynamic={"inputs": batch_axis()})


@recipe("transformers")
def hf_whisper_encoder_dynamo(path):
    import torch
    import transformers

    network = transformers.WhisperModel(transformers.WhisperConfig(encoder_layers=2, decoder_layers=1)).encoder
    dynamo(path, only(network, "input_features"), (torch.randn(1, 80, 3000),))


# --- diffusers ---
@recipe("diffusers")
def df_dit_dynamo(path):
    import diffusers
    import torch

    network = diffusers.DiTTransformer2DModel(num_attention_heads=6, attention_head_dim=64, in_channels=4,
                                              out_channels=8, num_layers=2, sample_size=32)

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = network

        def forward(self, x, t, label):
            return self.m(x, timestep=t, class_labels=label, return_dict=False)[0]

    dynamo(path, Step(), (*pixels(32, 1, 4), torch.tensor([10]), torch.tensor([3])))


def noise_predictor(channels):
    import diffusers
    import torch

    network = diffusers.UNet2DConditionModel(block_out_channels=channels, cross_attention_dim=768,
                                             attention_head_dim=8)
    network.set_attn_processor(diffusers.models.attention_processor.AttnProcessor())

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = network

        def forward(self, sample, timestep, encoder_hidden_states):
            return self.m(sample, timestep, encoder_hidden_states, return_dict=False)[0]

    return Step()


@recipe("diffusers")
def df_unet_legacy14(path):
    import torch

    names = ["sample", "timestep", "encoder_hidden_states"]
    axes = {"sample": {0: "batch", 1: "channels", 2: "height", 3: "width"},
            "encoder_hidden_states": {0: "batch", 1: "sequence"}}
    legacy(path, noise_predictor((320, 640, 1280, 1280)), (torch.randn(2, 4, 64, 64), torch.tensor([1]),
                                                           torch.randn(2, 77, 768)), 14, axes, names, ["out_sample"])


@recipe("diffusers")
def df_unet_small_dynamo18(path):
    import torch

    dynamo(path, noise_predictor((32, 64, 64, 64)), (torch.randn(2, 4, 64, 64), torch.tensor([1]),
                                                     torch.randn(2, 77, 768)), 18)
