"""Trains a digits CNN on scikit-learn's 8x8 digits and quantizes it in six ways with onnxruntime's own tools.

    pip install torch scikit-learn onnx onnxruntime
    python train.py OUT

Writes OUT/digits_test.npz (images uint8 [397, 8, 8], values 0 to 16; labels uint8 [397]), OUT/report.json, and for each
variant OUT/VARIANT/model.onnx with two data sets of onnxruntime's CPU outputs in the ONNX backend-test layout.
"""
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from sklearn.datasets import load_digits

TRAINING, EPOCHS, BATCH, CALIBRATION = 1400, 60, 64, 100
U8, S8, U16 = QuantType.QUInt8, QuantType.QInt8, QuantType.QUInt16
QDQ, QOP = QuantFormat.QDQ, QuantFormat.QOperator

# name of the variant -> arguments of quantize_static
STATIC = {
    "qdq_u8s8": dict(quant_format=QDQ, per_channel=True, activation_type=U8, weight_type=S8),
    "qdq_s8s8": dict(quant_format=QDQ, per_channel=False, activation_type=S8, weight_type=S8),
    "qop_u8u8": dict(quant_format=QOP, activation_type=U8, weight_type=U8),
    "qop_u8s8r": dict(quant_format=QOP, per_channel=True, reduce_range=True, activation_type=U8, weight_type=S8),
    "qdq_a16w8": dict(quant_format=QDQ, activation_type=U16, weight_type=S8),
}


def make_net() -> nn.Module:
    """Image [n, 1, 8, 8] in 0..1 -> logits [n, 10]: plain, strided, depthwise and 1x1 convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, stride=2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1, groups=32), nn.BatchNorm2d(32), nn.ReLU6(),
        nn.Conv2d(32, 48, 1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10),
    )


def train(images: torch.Tensor, labels: torch.Tensor) -> nn.Module:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    net, images, labels = make_net().to(device), images.to(device), labels.to(device)
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
    return net.cpu().eval()


class Calibration(CalibrationDataReader):
    """One image at a time, as onnxruntime's calibrator asks for them."""

    def __init__(self, images: np.ndarray):
        self.feeds = ({"image": image[None]} for image in images)

    def get_next(self):
        return next(self.feeds, None)


def record(folder: Path, images: np.ndarray, labels: np.ndarray) -> dict:
    """Writes two data sets of a variant (4 images and 1), and returns its accuracy on all."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    for k, part in enumerate((images[:4], images[4:5])):
        data = folder / f"test_data_set_{k}"
        data.mkdir()
        (logits,) = session.run(None, {"image": part})
        (data / "input_0.pb").write_bytes(numpy_helper.from_array(part, "image").SerializeToString())
        (data / "output_0.pb").write_bytes(numpy_helper.from_array(logits, "logits").SerializeToString())
    (logits,) = session.run(None, {"image": images})
    nodes = onnx.load(folder / "model.onnx").graph.node
    return {"nodes": len(nodes), "ops": sorted({n.op_type for n in nodes}), "accuracy": float((logits.argmax(-1) == labels).mean())}


def main(out: Path) -> None:
    torch.manual_seed(0)
    digits = load_digits()
    order = torch.randperm(len(digits.target), generator=torch.Generator().manual_seed(0)).numpy()
    kept, tested = order[:TRAINING], order[TRAINING:]
    images = (digits.images[:, None] / 16).astype(np.float32)
    net = train(torch.from_numpy(images[kept]), torch.from_numpy(digits.target[kept]))

    work = Path(tempfile.mkdtemp())
    exported, source = str(work / "exported.onnx"), str(work / "digits.onnx")
    torch.onnx.export(
        net, (torch.from_numpy(images[:1]),), exported, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}}, opset_version=17, dynamo=False,
    )
    quant_pre_process(exported, source, skip_symbolic_shape=True)

    def folder(name: str) -> Path:
        (out / name).mkdir(parents=True)
        return out / name

    (folder("fp32") / "model.onnx").write_bytes(Path(source).read_bytes())
    for name, arguments in STATIC.items():
        quantize_static(source, str(folder(name) / "model.onnx"), Calibration(images[kept[:CALIBRATION]]), **arguments)
    quantize_dynamic(source, str(folder("dynamic") / "model.onnx"), weight_type=U8)

    report = {name: record(out / name, images[tested], digits.target[tested]) for name in ("fp32", *STATIC, "dynamic")}
    (out / "report.json").write_text(json.dumps(report, indent=1))
    np.savez(out / "digits_test.npz", images=digits.images[tested].astype(np.uint8), labels=digits.target[tested].astype(np.uint8))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
