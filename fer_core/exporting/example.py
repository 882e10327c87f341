"""A few lines of Python that use an exported file: what a page shows, and what the tests run."""

from __future__ import annotations

from fer_core.exporting.formats import ENTRY, Kind, input_values
from fer_core.photos.frame import FER, Frame

_ZIPPED = f"""about = json.loads(zipfile.ZipFile(FILE).read("{ENTRY}"))"""
_OPENING = {
    "keras": f"""import json, zipfile
import keras, numpy as np

model = keras.models.load_model(FILE, compile=False)
{_ZIPPED}
ask = lambda faces: model.predict(faces, verbose=0)""",
    "tflite": f"""import json, zipfile
import numpy as np
from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert

model = Interpreter(FILE)
{_ZIPPED}
place, out = model.get_input_details()[0]["index"], model.get_output_details()[0]["index"]
def ask(faces):
    model.resize_tensor_input(place, faces.shape)
    model.allocate_tensors()
    model.set_tensor(place, faces)
    model.invoke()
    return model.get_tensor(out)""",
    "onnx": f"""import json, os
os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # before the import: otherwise it makes a device id in the home folder
import numpy as np, onnxruntime  # pip install onnxruntime

model = onnxruntime.InferenceSession(FILE)
about = json.loads(model.get_modelmeta().custom_metadata_map["{ENTRY}"])
ask = lambda faces: model.run(None, {{"face": faces}})[0]""",
}
_ASKING = """
faces = np.zeros((1, SIDE, SIDE, CHANNELS), np.float32)  # your faces here: upright, cropped, VALUES
for shares in ask(faces):
    best = int(shares.argmax())
    print(about["classes"][best] if shares[best] >= about["threshold"] else "not sure", float(shares[best]))
"""


def example(kind: Kind, file: str, frame: Frame = FER) -> str:
    """Python that opens the file of this name, asks it about faces in this frame and names the answers."""
    asking = _ASKING.replace("SIDE", str(frame.size)).replace("CHANNELS", str(frame.channels))
    return f"{_OPENING[kind.format]}\n{asking.replace('VALUES', input_values(frame))}".replace("FILE", repr(file))
