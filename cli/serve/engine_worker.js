// The worker of pages that simulate by themselves, behind emscripten's script of the engine. The page
// sends {wasm, setup} once, then {settings} as it would POST them; each is answered by {answer}, the
// JSON text that a server would send, after any number of {progress}.

const engine = new Promise((resolve) => {
  self.takeEngine = resolve;
});

function call(module, name, text) {
  const bytes = module.allocateUTF8(text);
  const answer = module.UTF8ToString(module[name](bytes));
  module._free(bytes);
  return answer;
}

self.onmessage = async ({ data }) => {
  try {
    if (data.wasm !== undefined) {
      const module = await createEngine({ wasmBinary: data.wasm });
      self.takeEngine(module);
      postMessage({ answer: call(module, '_tpuscope_start', data.setup) });
    } else {
      postMessage({ answer: call(await engine, '_tpuscope_simulate', data.settings) });
    }
  } catch (error) {
    // Out of memory, or a browser that cannot run the engine.
    postMessage({ failure: String(error) });
  }
};
