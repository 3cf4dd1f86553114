import { InferenceSession, Tensor } from '/dist/nibble-onnx.js';
import { greedy, LanguageModel, TextStream } from '/dist/text.js';

const DIGITS = '/models/digits', TEXT = '/models/tiny-llm';
const SIDE = 8; // pixels of an image
const at = (id) => document.getElementById(id);
const json = async (url) => (await fetch(url)).json();

const context = at('paper').getContext('2d');
const scale = at('paper').width / SIDE;
/** Grey values of 0 to 1, row by row. */
let image = new Float32Array(SIDE * SIDE);
let network, model, digits, stop;

/** Options of every session: where it runs, and how far loading is. */
function options() {
  const provider = document.querySelector('[name=provider]:checked').value;
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
    onProgress({ loaded, total }) {
      if (total === undefined) at('bar').removeAttribute('value');
      else at('bar').value = loaded / total;
      at('loaded').textContent = `${megabytes(loaded)}${total === undefined ? '' : ` of ${megabytes(total)}`} MB`;
    },
  };
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

function describe(session) {
  const { nodes, unavailable } = session.explain();
  const counts = Object.groupBy(nodes, (n) => n.provider);
  const places = Object.entries(counts).map(([provider, { length }]) => `${length} on ${provider}`).join(', ');
  return `${nodes.length} nodes: ${places}${unavailable.map((u) => `; ${u.name} did not start: ${u.reason}`).join('')}`;
}

// Digits

function draw() {
  image.forEach((grey, i) => {
    const shade = Math.round(255 * (1 - grey));
    context.fillStyle = `rgb(${shade} ${shade} ${shade})`;
    context.fillRect((i % SIDE) * scale, Math.floor(i / SIDE) * scale, scale, scale);
  });
}

async function classify() {
  draw();
  if (network === undefined) return;
  const began = performance.now();
  const { logits } = await network.run({ image: new Tensor('float32', image.slice(), [1, 1, SIDE, SIDE]) });
  const time = performance.now() - began;
  const values = [...logits.data];
  const most = Math.max(...values);
  const weights = values.map((x) => Math.exp(x - most));
  const total = weights.reduce((a, b) => a + b);
  [...at('scores').children].forEach((row, i) => {
    row.className = values[i] === most ? 'best' : '';
    row.lastChild.style.width = `${(100 * weights[i]) / total}%`;
  });
  at('verdict').textContent = `a ${values.indexOf(most)}`;
  at('placement').textContent = `${time.toFixed(1)} ms; ${describe(network)}`;
}

async function another() {
  digits ??= await json(`${DIGITS}/test.json`);
  const { pixels } = digits[Math.floor(Math.random() * digits.length)];
  image = Float32Array.from(pixels.join(''), (c) => parseInt(c, 17) / 16);
  await classify();
}

/** A soft brush: the pixel under the pointer, and a little of its neighbours. */
function paint(event) {
  if (event.buttons === 0) return;
  const box = at('paper').getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * SIDE - 0.5, y = ((event.clientY - box.top) / box.height) * SIDE - 0.5;
  for (let i = 0; i < image.length; i++) {
    const distance = Math.hypot((i % SIDE) - x, Math.floor(i / SIDE) - y);
    image[i] = Math.min(1, Math.max(image[i], 1.3 - distance));
  }
  void classify();
}

// Text

async function loadModel() {
  at('loading').hidden = false;
  const [tokenizer, config] = await Promise.all([json(`${TEXT}/tokenizer.json`), json(`${TEXT}/config.json`)]);
  model = await LanguageModel.create(`${TEXT}/genai_int4_b32_sym/model.onnx`, { tokenizer, config }, options());
  at('loading').hidden = true;
}

async function write() {
  stop = new AbortController();
  at('write').textContent = 'Stop';
  try {
    if (model === undefined) await loadModel();
    const prompt = model.encode(at('prompt').value);
    const stream = new TextStream(model, prompt);
    const given = document.createElement('b');
    given.textContent = at('prompt').value;
    at('text').replaceChildren(given);
    const began = performance.now();
    let tokens = 0;
    for await (const token of model.generate(prompt, { maxTokens: 64, pick: greedy, signal: stop.signal })) {
      at('text').append(stream.push(token));
      at('speed').textContent = `${((1000 * ++tokens) / (performance.now() - began)).toFixed(0)} tokens/s; ${describe(model.session)}`;
    }
    at('text').append(stream.end());
  } finally {
    at('write').textContent = 'Write';
    stop = undefined;
  }
}

// The page

/** Shows what went wrong; a run that was stopped is no problem. */
function attempt(action) {
  return async (event) => {
    at('problem').hidden = true;
    try {
      await action(event);
    } catch (error) {
      if (error.code === 'E_ABORTED') return;
      at('problem').textContent = error.message;
      at('problem').hidden = false;
    }
  };
}

const start = attempt(async () => {
  stop?.abort();
  await Promise.all([network?.release(), model?.session.release()]);
  network = model = undefined;
  const { executionProviders } = options();
  if (executionProviders[0].endsWith('gpu')) await import(`/dist/${executionProviders[0]}.js`); // registers the provider
  network = await InferenceSession.create(`${DIGITS}/qdq_u8s8/model.onnx`, options());
  await another();
  document.body.dataset.ready = executionProviders[0];
});

for (let i = 0; i < 10; i++) {
  const row = document.createElement('li');
  row.append(String(i), document.createElement('i'));
  at('scores').append(row);
}
at('providers').addEventListener('change', start);
at('another').addEventListener('click', attempt(another));
at('clear').addEventListener('click', attempt(() => {
  image.fill(0);
  return classify();
}));
at('paper').addEventListener('pointerdown', paint);
at('paper').addEventListener('pointermove', paint);
at('write').addEventListener('click', attempt(() => (stop === undefined ? write() : stop.abort())));
at('prompt').addEventListener('keydown', attempt((event) => (event.key === 'Enter' && stop === undefined ? write() : undefined)));
void start();
