// Runs the examples that ort_ops wrote and compares ONNX Runtime's results with those of our
// reference kernels, element by element. Exit code 3 means that one differs.

import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import * as ort from "onnxruntime-node";

const kTolerance = 1e-5; // ours compute in double precision, the runtime in single precision
const kDiffers = 3;

/** Names of element types there, and the arrays that hold them. */
const kTypes = {
  f32: ["float32", (values) => Float32Array.from(values)],
  u8: ["uint8", (values) => Uint8Array.from(values)],
  i32: ["int32", (values) => Int32Array.from(values)],
  i64: ["int64", (values) => BigInt64Array.from(values.map((value) => BigInt(value)))],
  bool: ["bool", (values) => Uint8Array.from(values)],
};

function tensorOf({ type, dims, values }) {
  const [name, fill] = kTypes[type];
  return new ort.Tensor(name, fill(values), dims);
}

/** What is wrong with a result, or null. */
function fault(expected, found) {
  const [type] = kTypes[expected.type];
  if (found.type !== type || String(found.dims) !== String(expected.dims)) {
    return `is ${found.type}[${found.dims}], not ${type}[${expected.dims}]`;
  }
  for (const [i, value] of expected.values.entries()) {
    const other = Number(found.data[i]);
    if (Math.abs(value - other) <= kTolerance * (1 + Math.abs(value))) continue;
    return `element ${i} is ${other}, not ${value}`;
  }
  return null;
}

/** As fault(); also checks that a wrong element would have been noticed. */
function checkedFault(expected, found) {
  const [first, ...others] = expected.values;
  const wrong = { ...expected, values: [first + 1, ...others] };
  if (first !== undefined && fault(wrong, found) === null) return "a fault would not be noticed";
  return fault(expected, found);
}

async function faultsOf(folder, example) {
  const file = path.join(folder, example.file);
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const inputs = Object.entries(example.inputs).map(([name, input]) => [name, tensorOf(input)]);
  const results = await session.run(Object.fromEntries(inputs));
  return session.outputNames
    .map((name, i) => [name, checkedFault(example.results[i], results[name])])
    .filter(([, what]) => what !== null)
    .map(([name, what]) => `${name}: ${what}`);
}

const folder = process.argv[2];
const examples = JSON.parse(fs.readFileSync(path.join(folder, "examples.json"), "utf8"));
let wrong = 0;
for (const example of examples) {
  const faults = await faultsOf(folder, example).catch((error) => [error.message]);
  if (faults.length === 0) continue;
  ++wrong;
  console.log(`DIFFERS:\n${example.text}\n  ${faults.join("\n  ")}`);
}
console.log(`${examples.length - wrong} of ${examples.length} examples are the same`);
process.exitCode = examples.length > 0 && wrong === 0 ? 0 : kDiffers;
