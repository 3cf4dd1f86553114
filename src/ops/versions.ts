/** The opset versions of a contract: what each takes from those before it, and its notation parsed. */
import type { AttributeKind, AttributeNotation, AttributeSpec, InferFunction, OpSpec, OpVersion } from './define.ts';
import { parseFormals, parseTypes, type Formal, type TypeSet } from './notation.ts';

/** The notation of a version, with what it takes from those before it. */
interface VersionNotation {
  readonly since: number;
  readonly inputs: string;
  readonly outputs: string;
  readonly types: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, AttributeNotation>>;
  readonly deprecated: boolean;
  readonly infer: InferFunction | undefined;
}

/** The versions of an operator, oldest first. Each is parsed where it is first looked at: a process reads few of them. */
export function resolveVersions(spec: OpSpec): OpVersion[] {
  let { infer } = spec;
  let inputs = '', outputs = '', types: VersionNotation['types'] = {}, attributes: VersionNotation['attributes'] = {};
  return Object.keys(spec.versions).map(Number).sort((a, b) => a - b).map((since) => {
    const v = spec.versions[since]!;
    inputs = v.inputs ?? inputs;
    outputs = v.outputs ?? outputs;
    infer = v.infer ?? infer;
    types = { ...types, ...v.types };
    attributes = { ...Object.fromEntries(Object.entries(attributes).filter(([name]) => v.without?.includes(name) !== true)), ...v.attributes };
    return new Version({ since, inputs, outputs, types, attributes, deprecated: v.deprecated ?? false, infer });
  });
}

class Version implements OpVersion {
  readonly since: number;
  readonly deprecated: boolean;
  readonly infer: InferFunction | undefined;
  private readonly notation: VersionNotation;
  private parsed: Pick<OpVersion, 'inputs' | 'outputs' | 'types' | 'attributes'> | undefined;

  constructor(notation: VersionNotation) {
    this.since = notation.since;
    this.deprecated = notation.deprecated;
    this.infer = notation.infer;
    this.notation = notation;
  }

  get inputs(): readonly Formal[] {
    return this.parse().inputs;
  }

  get outputs(): readonly Formal[] {
    return this.parse().outputs;
  }

  get types(): ReadonlyMap<string, TypeSet> {
    return this.parse().types;
  }

  get attributes(): ReadonlyMap<string, AttributeSpec> {
    return this.parse().attributes;
  }

  private parse(): Pick<OpVersion, 'inputs' | 'outputs' | 'types' | 'attributes'> {
    const { inputs, outputs, types, attributes } = this.notation;
    return (this.parsed ??= {
      inputs: parseFormals(inputs), outputs: parseFormals(outputs),
      types: new Map(Object.entries(types).map(([name, text]) => [name, parseTypes(text)])),
      attributes: new Map(Object.entries(attributes).map(([name, text]) => [name, parseAttribute(text)])),
    });
  }
}

function parseAttribute(notation: AttributeNotation): AttributeSpec {
  const [, kind, mark, text] = /^([a-z_]+)(!|=([\s\S]*))?$/.exec(notation) ?? [];
  if (kind === undefined) throw new SyntaxError(`attribute notation ${notation}`);
  const k = kind as AttributeKind;
  if (mark === undefined || mark === '!') return { kind: k, required: mark === '!', fallback: undefined };
  const list = () => (text === '' ? [] : text!.split(','));
  const fallback = k === 'int' || k === 'float' ? Number(text)
    : k === 'ints' || k === 'floats' ? list().map(Number)
    : k === 'strings' ? list()
    : text;
  return { kind: k, required: false, fallback };
}
