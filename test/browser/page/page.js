// The page's side of test/browser/runtime.ts: sessions by number, values as plain data.
import { fromPlain, toPlain } from './values.js';

const sessions = new Map();
let last = 0;

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
/** An `OnnxError` as data, so that Node can tell which. */
const caught = (error) => ({ error: { name: error.name, code: error.code, message: error.message } });

/** Imports as the page does: what a test evaluates was rewritten for Node. */
globalThis.bring = (url) => import(url);

/** Imports the library's entries: the first is the one whose classes are used. */
globalThis.open = async (entries) => {
  const [library] = await Promise.all(entries.map((entry) => import(entry)));
  globalThis.library = library;
};

globalThis.load = async (model, options) => {
  try {
    const session = await globalThis.library.InferenceSession.create(model, options);
    sessions.set(++last, session);
    const slots = (metadata) => metadata.map((m) => ({ name: m.name, type: m.valueType }));
    const { nodes, unavailable } = session.explain();
    return {
      id: last, inputs: slots(session.inputMetadata), outputs: slots(session.outputMetadata), unavailable,
      nodes: nodes.map((n) => ({ operator: n.domain === '' ? n.opType : `${n.domain}.${n.opType}`, provider: n.provider })),
    };
  } catch (error) {
    return caught(error);
  }
};

globalThis.run = async (id, feeds) => {
  try {
    return { outputs: mapValues(await sessions.get(id).run(mapValues(feeds, (v) => fromPlain(v, globalThis.library.Tensor))), toPlain) };
  } catch (error) {
    return caught(error);
  }
};

globalThis.release = async (id) => {
  await sessions.get(id).release();
  sessions.delete(id);
};
