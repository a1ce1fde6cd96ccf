// Engines: what simulates for a live page. All are one interface, so that a page need not know
// whether a server answers, a worker or the page itself:
//   simulate(settings, onProgress) -> {run, controls, command}; throws EngineError
//   open(file)                     -> nothing; the page then starts again with this model

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
