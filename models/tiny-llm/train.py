"""Trains a 4 M parameter Llama-style model on Python's own documentation and exports it quantized in four ways.

    pip install torch tokenizers onnx onnxruntime
    python train.py OUT

Writes OUT/tokenizer.json, OUT/config.json, OUT/greedy.json (48 greedy tokens of onnxruntime for 4 prompts and each
variant), and for each variant OUT/VARIANT/model.onnx with two data sets (prefill, one decode step) of onnxruntime's
outputs in the ONNX backend-test layout:

    genai_int4_b32_sym        MatMulNBits, GroupQueryAttention, as onnxruntime-genai's model builder lays them out
    genai_int4_b128_sym_fp16  the same in float16, blocks of 128
    genai_qdq_int4_b32_sym    the same weights as INT4 DequantizeLinear + MatMul
    plain_int8_dynamic        plain attention operators, quantized by onnxruntime's quantize_dynamic

Inputs: input_ids [batch, seq], attention_mask [batch, total], past_key_values.L.key|value [batch, kv_heads, past,
head_dim]. Outputs: logits [batch, seq, vocab], present.L.key|value [batch, kv_heads, total, head_dim].
"""
import importlib
import inspect
import json
import math
import pydoc_data.topics
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SEED, DIM, LAYERS, HEADS, KV_HEADS, FFN, VOCAB, STEPS = 1, 256, 4, 8, 4, 704, 2048, 5000
HEAD_DIM, CONTEXT, EPSILON = DIM // HEADS, 512, 1e-5
WINDOW, BATCH, RATE = 192, 48, 2e-3
PROMPTS = ["The statement", "Return a new list", "class Foo:", "If the optional argument"]
GREEDY_TOKENS = 48
MODULES = """argparse json logging collections functools itertools pathlib subprocess threading asyncio datetime decimal
random statistics typing unittest email http urllib sqlite3 csv socket ssl struct re os shutil tempfile heapq bisect inspect
dis ast tokenize pickle copy enum dataclasses contextlib abc""".split()

PAST = [f"past_key_values.{i}.{part}" for i in range(LAYERS) for part in ("key", "value")]
PRESENT = [f"present.{i}.{part}" for i in range(LAYERS) for part in ("key", "value")]


# Text and tokenizer


def corpus() -> str:
    """Python's language topics, and the docstrings of some standard modules."""
    texts = list(pydoc_data.topics.topics.values())
    for name in MODULES:
        module = importlib.import_module(name)
        members = [inspect.getdoc(member) or "" for _, member in inspect.getmembers(module)]
        texts += [module.__doc__ or "", *(doc for doc in members if len(doc) > 200)]
    return "\n\n".join(dict.fromkeys(texts))


def train_tokenizer(text: str) -> Tokenizer:
    """Byte-level BPE."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, special_tokens=["<s>", "</s>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


# The network, in plain operators

angles = torch.outer(torch.arange(CONTEXT).float(), 10000.0 ** -(torch.arange(0, HEAD_DIM, 2).float() / HEAD_DIM))
COS, SIN = angles.cos(), angles.sin()  # [context, head_dim / 2]


class Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(DIM))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * self.weight


def rotate(x, cos, sin):
    a, b = x[..., : HEAD_DIM // 2], x[..., HEAD_DIM // 2 :]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda i, o: nn.Linear(i, o, bias=False)
        self.norm1, self.norm2 = Norm(), Norm()
        self.q, self.k, self.v = linear(DIM, DIM), linear(DIM, KV_HEADS * HEAD_DIM), linear(DIM, KV_HEADS * HEAD_DIM)
        self.o = linear(DIM, DIM)
        self.gate, self.up, self.down = linear(DIM, FFN), linear(DIM, FFN), linear(FFN, DIM)

    def forward(self, x, cos, sin, past_k, past_v, mask):
        batch, seq, _ = x.shape
        h = self.norm1(x)
        heads = lambda y, n: y.view(batch, seq, n, HEAD_DIM).transpose(1, 2)
        q, k, v = heads(self.q(h), HEADS), heads(self.k(h), KV_HEADS), heads(self.v(h), KV_HEADS)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past_k is not None:
            k, v = torch.cat([past_k, k], 2), torch.cat([past_v, v], 2)
        kk, vv = (t.repeat_interleave(HEADS // KV_HEADS, 1) for t in (k, v))
        scores = (q @ kk.transpose(-1, -2)) / math.sqrt(HEAD_DIM) + mask
        x = x + self.o((scores.softmax(-1) @ vv).transpose(1, 2).reshape(batch, seq, DIM))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h)), k, v


class Llama(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.norm = nn.Embedding(VOCAB, DIM), Norm()
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.head = nn.Linear(DIM, VOCAB, bias=False)
        self.register_buffer("cos", COS)
        self.register_buffer("sin", SIN)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02)

    def forward(self, input_ids, attention_mask, *past):
        total = attention_mask.shape[1]
        before = total - input_ids.shape[1]
        at = torch.arange(total, device=input_ids.device)
        mask = torch.where(at[None, :] <= at[before:][:, None], 0.0, -1e9)
        x, present = self.embed(input_ids), []
        for i, layer in enumerate(self.layers):
            k, v = past[2 * i : 2 * i + 2] if past else (None, None)
            x, k, v = layer(x, self.cos[at[before:]], self.sin[at[before:]], k, v, mask)
            present += [k, v]
        return self.head(self.norm(x)), *present


def train(ids: torch.Tensor) -> Llama:
    net = Llama().cuda()
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.05, betas=(0.9, 0.95))
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1, step / 100) * (0.5 + 0.5 * math.cos(math.pi * step / STEPS))
        windows = torch.stack([ids[i : i + WINDOW + 1] for i in torch.randint(0, len(ids) - WINDOW - 1, (BATCH,))])
        x, y = windows[:, :-1], windows[:, 1:]
        with torch.autocast("cuda", torch.bfloat16):
            logits = net(x, torch.ones_like(x))[0]
            loss = F.cross_entropy(logits.float().view(-1, VOCAB), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 500 == 0 or step == STEPS - 1:
            print(step, loss.item())
    return net.cpu().float().eval()


# Export


def export_plain(net: Llama, path: Path) -> None:
    cache = [torch.zeros(1, KV_HEADS, 3, HEAD_DIM) for _ in PAST]
    arguments = (torch.randint(0, VOCAB, (1, 4)), torch.ones(1, 7, dtype=torch.long), *cache)
    axes = {"input_ids": {0: "batch", 1: "seq"}, "attention_mask": {0: "batch", 1: "total"}, "logits": {0: "batch", 1: "seq"}}
    axes |= {name: {0: "batch", 2: "past"} for name in PAST} | {name: {0: "batch", 2: "total"} for name in PRESENT}
    torch.onnx.export(
        net, arguments, str(path), input_names=["input_ids", "attention_mask", *PAST], output_names=["logits", *PRESENT],
        dynamic_axes=axes, opset_version=17, dynamo=False,
    )


def quantize_blocks(weight: np.ndarray, block: int):
    """[K, N] -> codes 0..15 [N, blocks, block] and scales [N, blocks]: the extreme of each block becomes -8."""
    k, n = weight.shape
    padded = np.pad(weight.T, ((0, 0), (0, -k % block)))
    blocks = padded.reshape(n, -1, block)
    extreme = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)[..., 0]
    scales = extreme / -8.0
    codes = np.round(blocks / np.where(scales == 0, 1, scales)[..., None]) + 8
    return np.clip(codes, 0, 15).astype(np.uint8), scales.astype(np.float32)


def pack_nibbles(codes: np.ndarray) -> np.ndarray:
    """Two codes a byte, the first one low."""
    return (codes[..., 0::2] & 15 | (codes[..., 1::2] & 15) << 4).astype(np.uint8)


class GenaiGraph:
    """Builds the graph that onnxruntime-genai's model builder makes of a Llama."""

    def __init__(self, net: Llama, block: int = 32, half: bool = False, qdq: bool = False):
        self.net, self.block, self.qdq = net, block, qdq
        self.float_type, self.dtype = (TensorProto.FLOAT16, np.float16) if half else (TensorProto.FLOAT, np.float32)
        self.nodes, self.initializers = [], []

    def constant(self, name: str, array) -> str:
        array = array.detach().numpy().astype(self.dtype) if isinstance(array, torch.Tensor) else array
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, op: str, inputs: list, outputs: list, domain: str = "", **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"{outputs[0]}/{op}", domain=domain, **attributes))
        return outputs[0]

    def microsoft(self, op: str, inputs: list, outputs: list, **attributes) -> str:
        return self.node(op, inputs, outputs, "com.microsoft", **attributes)

    def matmul(self, x: str, linear: nn.Linear, out: str) -> str:
        weight = linear.weight.detach().numpy().T  # [K, N]
        k, n = weight.shape
        codes, scales = quantize_blocks(weight, self.block)
        if not self.qdq:
            inputs = [x, self.constant(out + ".qweight", pack_nibbles(codes)), self.constant(out + ".scales", scales.reshape(-1).astype(self.dtype))]
            return self.microsoft("MatMulNBits", inputs, [out], K=k, N=n, bits=4, block_size=self.block, accuracy_level=0)
        values = codes.reshape(n, k).T.astype(np.int8) - 8  # [K, N]
        raw = pack_nibbles(values.reshape(-1)).tobytes()
        self.initializers.append(helper.make_tensor(out + ".q", TensorProto.INT4, [k, n], raw, raw=True))
        inputs = [out + ".q", self.constant(out + ".s", scales.T.astype(self.dtype))]
        self.node("DequantizeLinear", inputs, [out + ".dq"], axis=0, block_size=self.block)
        return self.node("MatMul", [x, out + ".dq"], [out])

    def lengths(self) -> None:
        """attention_mask -> seqlens_k (last position of each row) and total_seq, as GroupQueryAttention takes them."""
        one, first, axis = (self.constant(name, np.array(value, np.int64)) for name, value in (("one", [1]), ("one_s", 1), ("axis1", [1])))
        self.node("ReduceSum", ["attention_mask", axis], ["mask_sum"], keepdims=0)
        self.node("Sub", ["mask_sum", one], ["seqlens64"])
        self.node("Cast", ["seqlens64"], ["seqlens_k"], to=TensorProto.INT32)
        self.node("Shape", ["attention_mask"], ["mask_shape"])
        self.node("Gather", ["mask_shape", first], ["total64"])
        self.node("Cast", ["total64"], ["total_seq"], to=TensorProto.INT32)

    def skip_norm(self, residual: str, branch: str, weight: str, name: str, total: str | None) -> str:
        outputs = [name] if total is None else [name, "", "", total]
        return self.microsoft("SkipSimplifiedLayerNormalization", [residual, branch, weight], outputs, epsilon=EPSILON)

    def layer(self, i: int, h: str, residual: str) -> tuple[str, str]:
        """Normalized input and residual of a layer -> its last branch and the residual it adds to."""
        layer, p = self.net.layers[i], f"l{i}"
        q, k, v = (self.matmul(h, getattr(layer, name), f"{p}.{name}") for name in "qkv")
        inputs = [q, k, v, PAST[2 * i], PAST[2 * i + 1], "seqlens_k", "total_seq", "cos", "sin"]
        self.microsoft(
            "GroupQueryAttention", inputs, [f"{p}.att", PRESENT[2 * i], PRESENT[2 * i + 1]],
            num_heads=HEADS, kv_num_heads=KV_HEADS, do_rotary=1, rotary_interleaved=0,
        )
        o = self.matmul(f"{p}.att", layer.o, f"{p}.o")
        h = self.skip_norm(residual, o, self.constant(f"{p}.n2", layer.norm2.weight), f"{p}.h2", f"{p}.res2")
        gate, up = self.matmul(h, layer.gate, f"{p}.gate"), self.matmul(h, layer.up, f"{p}.up")
        self.node("Sigmoid", [gate], [f"{p}.sig"])
        self.node("Mul", [gate, f"{p}.sig"], [f"{p}.silu"])
        self.node("Mul", [f"{p}.silu", up], [f"{p}.act"])
        return self.matmul(f"{p}.act", layer.down, f"{p}.down"), f"{p}.res2"

    def model(self) -> onnx.ModelProto:
        net = self.net
        for name, table in (("embed", net.embed.weight), ("cos", COS), ("sin", SIN)):
            self.constant(name, table)
        self.lengths()
        residual = self.node("Gather", ["embed", "input_ids"], ["h0"])
        weight = self.constant("l0.n1", net.layers[0].norm1.weight)
        h = self.node("SimplifiedLayerNormalization", [residual, weight], ["l0.h"], epsilon=EPSILON, axis=-1, stash_type=1)
        for i in range(LAYERS):
            branch, residual = self.layer(i, h, residual)
            if i == LAYERS - 1:
                weight, name, total = self.constant("nf", net.norm.weight), "hf", None
            else:
                weight, name, total = self.constant(f"l{i + 1}.n1", net.layers[i + 1].norm1.weight), f"l{i + 1}.h", f"l{i + 1}.res"
            h, residual = self.skip_norm(residual, branch, weight, name, total), total
        self.matmul(h, net.head, "logits")
        info, cache = helper.make_tensor_value_info, lambda length: ["batch", KV_HEADS, length, HEAD_DIM]
        inputs = [info("input_ids", TensorProto.INT64, ["batch", "seq"]), info("attention_mask", TensorProto.INT64, ["batch", "total"])]
        inputs += [info(name, self.float_type, cache("past")) for name in PAST]
        outputs = [info("logits", self.float_type, ["batch", "seq", VOCAB])]
        outputs += [info(name, self.float_type, cache("total")) for name in PRESENT]
        graph = helper.make_graph(self.nodes, "llm", inputs, outputs, self.initializers)
        opsets = [helper.make_opsetid("", 21 if self.qdq else 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10 if self.qdq else 9)


# Recording


def open_session(path: Path, **config: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    for key, value in config.items():
        options.add_session_config_entry("session." + key, value)
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def open_exact(path: Path) -> ort.InferenceSession:
    """Without optimizations: at its default level onnxruntime turns DequantizeLinear + MatMul into MatMulNBits with
    accuracy_level 4, which quantizes activations to int8 and changes the text."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def greedy(session: ort.InferenceSession, prompt: list[int], data: Path | None = None) -> list[int]:
    """48 greedy tokens; with `data`, the feeds and outputs of the first two runs are written below it."""
    names, half = [o.name for o in session.get_outputs()], "float16" in session.get_inputs()[2].type
    past = [np.zeros((1, KV_HEADS, 0, HEAD_DIM), np.float16 if half else np.float32) for _ in PAST]
    tokens, ids, total = [], prompt, 0
    for step in range(GREEDY_TOKENS):
        total += len(ids)
        feeds = {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, total), np.int64), **dict(zip(PAST, past))}
        logits, *past = outputs = session.run(None, feeds)
        if data is not None and step < 2:
            folder = data / f"test_data_set_{step}"
            folder.mkdir()
            for kind, arrays in (("input", feeds.items()), ("output", zip(names, outputs))):
                for j, (name, array) in enumerate(arrays):
                    (folder / f"{kind}_{j}.pb").write_bytes(numpy_helper.from_array(array, name).SerializeToString())
        ids = [int(logits[0, -1].astype(np.float32).argmax())]
        tokens += ids
    return tokens


def main(out: Path) -> None:
    torch.manual_seed(SEED)
    text = corpus()
    tokenizer = train_tokenizer(text)
    net = train(torch.tensor(tokenizer.encode(text).ids, device="cuda"))

    def place(name: str) -> Path:
        (out / name).mkdir(parents=True)
        return out / name / "model.onnx"

    tokenizer_file = out / "tokenizer.json"
    onnx.save(GenaiGraph(net).model(), place("genai_int4_b32_sym"))
    onnx.save(GenaiGraph(net, block=128, half=True).model(), place("genai_int4_b128_sym_fp16"))
    onnx.save(GenaiGraph(net, qdq=True).model(), place("genai_qdq_int4_b32_sym"))
    plain = Path(tempfile.mkdtemp()) / "plain.onnx"
    export_plain(net, plain)
    quantize_dynamic(plain, place("plain_int8_dynamic"), weight_type=QuantType.QInt8, per_channel=True)
    tokenizer.save(str(tokenizer_file))
    config = dict(dim=DIM, layers=LAYERS, heads=HEADS, kv_heads=KV_HEADS, ffn=FFN, vocab=VOCAB, head_dim=HEAD_DIM)
    (out / "config.json").write_text(json.dumps(config))

    prompts = [tokenizer.encode(p).ids for p in PROMPTS]
    record = {"prompts": PROMPTS, "prompt_ids": prompts, "tokens": {}, "tokens_accuracy_level_4": {}}
    for model in sorted(out.glob("*/model.onnx")):
        name, qdq = model.parent.name, "qdq" in model.parent.name
        session = open_exact(model) if qdq else open_session(model)
        record["tokens"][name] = [greedy(session, p, model.parent if i == 0 else None) for i, p in enumerate(prompts)]
        if qdq:
            session = open_session(model, qdq_matmulnbits_accuracy_level="4")
            record["tokens_accuracy_level_4"][name] = [greedy(session, p) for p in prompts]
    (out / "greedy.json").write_text(json.dumps(record))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
