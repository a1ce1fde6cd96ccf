// Engines: what simulates for a live page. All are one interface, so that a page need not know
// whether a server answers, a worker or the page itself:
//   simulate(settings, onProgress) -> {run, controls, command}; throws EngineError
//   open(file)                     -> nothing; the page then starts again with this model. Engines
//                                     that cannot read other models have no such method.

/** What an engine refuses, in words for people. */
export class EngineError extends Error {}

function messageOf({ errors }) {
  return errors
    .map(({ message, where, hint }) =>
      [where === '' ? '' : `${where}: `, message, hint === '' ? '' : ` (${hint})`].join(''),
    )
    .join('; ');
}

// The JSON of an answer; null where a newer question has taken its place.
async function answerOf(response) {
  const isJson = response.headers.get('content-type')?.includes('json');
  if (!isJson) throw new EngineError((await response.text()).trim());
  const answer = await response.json();
  if (answer.errors) throw new EngineError(messageOf(answer));
  return answer.superseded ? null : answer;
}

/** The engine behind the server that the page came from. */
export function servedEngine(token, patience = 150) {
  const headers = { 'X-Tpuscope-Token': token };
  const ask = async (path, options) => {
    try {
      return await fetch(path, { ...options, headers });
    } catch {
      throw new EngineError('the server does not answer: is `tpuscope serve` still running?');
    }
  };
  // Asks where a simulation is, for as long as it runs.
  const watch = (onProgress) => {
    const timer = setInterval(async () => {
      const response = await ask('/progress').catch(() => null);
      if (response?.ok) onProgress(await response.json());
    }, patience);
    return () => clearInterval(timer);
  };
  return {
    async simulate(settings, onProgress) {
      const stop = watch(onProgress);
      try {
        const body = JSON.stringify({ settings });
        return await answerOf(await ask('/simulate', { method: 'POST', body }));
      } finally {
        stop();
      }
    },
    async open(file) {
      const path = `/open?name=${encodeURIComponent(file.name)}`;
      await answerOf(await ask(path, { method: 'POST', body: file }));
    },
  };
}

// The bytes of an element that the program packed: gzip as Base64.
async function bytesOf(id) {
  const packed = Uint8Array.from(atob(document.getElementById(id).textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

/** The engine that lies in the page, run by a worker of it. Its first run is compared with that of
    the program, whose time is `expected` picoseconds: an engine of other sources is not believed. */
export function pageEngine(expected) {
  let worker = null;
  let hear = null; // what the question under way does with a message
  let ready = null;
  const ask = (message, onProgress, transfer = []) =>
    new Promise((resolve, reject) => {
      hear = ({ progress, answer, failure }) => {
        if (progress !== undefined) return onProgress(progress);
        if (failure !== undefined) return reject(new EngineError(`the engine in this page fails: ${failure}`));
        const read = JSON.parse(answer);
        return read.errors ? reject(new EngineError(messageOf(read))) : resolve(read);
      };
      worker.postMessage(message, transfer);
    });
  const simulate = (settings, onProgress) => ask({ settings: JSON.stringify({ settings }) }, onProgress);
  const start = async (onProgress) => {
    onProgress({ what: 'starting the engine', done: 0, total: 0 });
    const [script, wasm, setup] = await Promise.all(['engine-script', 'engine-wasm', 'engine-setup'].map(bytesOf));
    const link = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    worker = new Worker(link);
    worker.onmessage = ({ data }) => hear(data);
    worker.onerror = (event) => hear({ failure: event.message ?? 'its worker does not start' });
    await ask({ wasm, setup: new TextDecoder().decode(setup) }, onProgress, [wasm]);
    URL.revokeObjectURL(link);
    const { run } = await simulate({}, onProgress);
    if (run.summary.time_ps === expected) return;
    throw new EngineError(
      `the engine in this page is of other sources than the program: ${run.summary.time_ps} ps for the run as it is, not ${expected}`,
    );
  };
  return {
    async simulate(settings, onProgress) {
      ready ??= start(onProgress);
      await ready;
      return simulate(settings, onProgress);
    },
  };
}
