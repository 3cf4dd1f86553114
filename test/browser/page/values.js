// Values of the library as plain data that travel between Node and a page, and back.

export function toPlain(value) {
  if (value === undefined) return undefined;
  switch (value.kind) {
    case 'sequence': return { ...value, items: value.items.map(toPlain) };
    case 'optional': return { ...value, value: toPlain(value.value) };
    case 'map': return { ...value, entries: [...value.entries].map(([key, item]) => [key, toPlain(item)]) };
    default: return { type: value.type, dims: [...value.dims], data: Array.isArray(value.data) ? value.data : value.data.slice() };
  }
}

/** `Tensor`: the class to make, of the copy of the library that will use it. */
export function fromPlain(plain, Tensor) {
  if (plain === undefined) return undefined;
  switch (plain.kind) {
    case 'sequence': return { ...plain, items: plain.items.map((item) => fromPlain(item, Tensor)) };
    case 'optional': return { ...plain, value: fromPlain(plain.value, Tensor) };
    case 'map': return { ...plain, entries: new Map(plain.entries.map(([key, item]) => [key, fromPlain(item, Tensor)])) };
    default: return new Tensor(plain.type, plain.data, plain.dims);
  }
}
