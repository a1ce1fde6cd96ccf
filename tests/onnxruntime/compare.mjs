// Runs original.onnx and rewritten.onnx of a folder on the same seeded inputs and compares every
// output: the largest difference must stay below 1e-4 of the output's range. Exit code 3 means that
// an output differs, 1 that something else went wrong.

import path from "node:path";
import process from "node:process";
import * as ort from "onnxruntime-node";

const kTolerance = 1e-4;
const kDiffers = 3;

/** Numbers of 0 to 1 (mulberry32): the same on every machine. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Integers are 0 and 1, which every table of embeddings has and which masks are made of. */
const kFillers = {
  float32: (size, next) => Float32Array.from({ length: size }, () => 2 * next() - 1),
  int32: (size, next) => Int32Array.from({ length: size }, () => Math.round(next())),
  int64: (size, next) => BigInt64Array.from({ length: size }, () => BigInt(Math.round(next()))),
  bool: (size, next) => Uint8Array.from({ length: size }, () => Math.round(next())),
};

function seededInputs(session) {
  const inputs = {};
  session.inputMetadata.forEach(({ name, type, shape }, index) => {
    const fill = kFillers[type];
    if (!fill) throw new Error(`input "${name}" is ${type}`);
    const size = shape.reduce((product, extent) => product * extent, 1);
    inputs[name] = new ort.Tensor(type, fill(size, random(index + 1)), shape);
  });
  return inputs;
}

async function run(file, inputs) {
  // Without the runtime's own rewriting: both files run as they are written.
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const given = inputs ?? seededInputs(session);
  const results = await session.run(given);
  await session.release();
  return { names: session.outputNames, inputs: given, results };
}

/** Largest difference relative to the range of the reference; Infinity where they do not compare. */
function difference(reference, other) {
  if (String(reference.dims) !== String(other.dims) || reference.type !== other.type) {
    return Infinity;
  }
  let low = Infinity;
  let high = -Infinity;
  let largest = 0;
  for (let i = 0; i < reference.data.length; ++i) {
    const value = Number(reference.data[i]);
    const gap = Math.abs(value - Number(other.data[i]));
    if (!Number.isFinite(value) || !Number.isFinite(gap)) return Infinity;
    low = Math.min(low, value);
    high = Math.max(high, value);
    largest = Math.max(largest, gap);
  }
  // An output that is the same everywhere would hide any fault.
  return high > low ? largest / (high - low) : Infinity;
}

const folder = process.argv[2];
const original = await run(path.join(folder, "original.onnx"));
const rewritten = await run(path.join(folder, "rewritten.onnx"), original.inputs);
if (String(original.names) !== String(rewritten.names)) {
  throw new Error(`outputs are ${rewritten.names}, they were ${original.names}`);
}
let isEqual = original.names.length > 0;
for (const name of original.names) {
  const relative = difference(original.results[name], rewritten.results[name]);
  const isClose = relative < kTolerance;
  console.log(`${isClose ? "same" : "DIFFERS"}: ${name} by ${relative.toExponential(2)} of its range`);
  isEqual &&= isClose;
}
process.exitCode = isEqual ? 0 : kDiffers;
