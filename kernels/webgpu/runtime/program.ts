/** A compute shader with typed bindings and parameters: what kernels write is the part below the declarations. */

/**
 * A parameter of a shader: `n` (u32), `alpha:f32`, `low:i32`, or a list `strides[3]`, read in WGSL as `p.n`, `p.alpha`, `p.strides_0`...
 */
export type ParameterNotation = string;

export interface ProgramSpec {
  /** Shown in errors and GPU debuggers. */
  readonly label: string;
  /** Storage that is read: name in WGSL to its type, e.g. `{ x: 'array<f32>' }`. */
  readonly reads: Readonly<Record<string, string>>;
  /** Storage that is written (or read and written). */
  readonly writes: Readonly<Record<string, string>>;
  readonly params?: readonly ParameterNotation[];
  /** WGSL with an entry point `main`. `enable` and `requires` lines go to `directives`. */
  readonly code: string;
  readonly directives?: string;
  /** Values of override constants: tile sizes. */
  readonly constants?: Readonly<Record<string, number>>;
}

export interface Program {
  readonly id: number;
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly reads: number;
  readonly writes: number;
  /** One letter a parameter word: u, i, f. */
  readonly params: string;
}

interface Parameter {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
}

function parse(notation: ParameterNotation): Parameter[] {
  const match = /^(\w+)(?:\[(\d+)\])?(?::(u32|i32|f32))?$/.exec(notation);
  if (match === null) throw new Error(`bad parameter ${notation}`);
  const [, name, length, type = 'u32'] = match as unknown as [string, string, string | undefined, Parameter['type'] | undefined];
  if (length === undefined) return [{ name, type }];
  return Array.from({ length: Number(length) }, (_, i) => ({ name: `${name}_${i}`, type }));
}

/** The whole text of a shader: bindings in the order reads, writes, parameters. */
export function sourceOf(spec: ProgramSpec): { source: string; params: string } {
  const params = (spec.params ?? []).flatMap(parse);
  const lines: string[] = spec.directives === undefined ? [] : [spec.directives];
  let binding = 0;
  for (const [name, type] of Object.entries(spec.reads)) lines.push(`@group(0) @binding(${binding++}) var<storage, read> ${name}: ${type};`);
  for (const [name, type] of Object.entries(spec.writes)) lines.push(`@group(0) @binding(${binding++}) var<storage, read_write> ${name}: ${type};`);
  if (params.length > 0) {
    lines.push(`struct Params { ${params.map((q) => `${q.name}: ${q.type}`).join(', ')} }`);
    lines.push(`@group(0) @binding(${binding}) var<uniform> p: Params;`);
  }
  lines.push(spec.code);
  return { source: lines.join('\n'), params: params.map((q) => q.type[0]).join('') };
}

const COMPUTE = 4; // GPUShaderStage.COMPUTE

/** Compiles; errors of the shader come out of the device's error scope. */
export function compileProgram(device: GPUDevice, id: number, spec: ProgramSpec, source: string, params: string): Program {
  const reads = Object.keys(spec.reads).length, writes = Object.keys(spec.writes).length;
  const entries: GPUBindGroupLayoutEntry[] = [];
  for (let i = 0; i < reads; i++) entries.push({ binding: i, visibility: COMPUTE, buffer: { type: 'read-only-storage' } });
  for (let i = 0; i < writes; i++) entries.push({ binding: reads + i, visibility: COMPUTE, buffer: { type: 'storage' } });
  if (params.length > 0) entries.push({ binding: reads + writes, visibility: COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } });
  const layout = device.createBindGroupLayout({ entries });
  const pipeline = device.createComputePipeline({
    label: spec.label, layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ label: spec.label, code: source }), entryPoint: 'main', ...(spec.constants && { constants: spec.constants }) },
  });
  return { id, label: spec.label, pipeline, layout, reads, writes, params };
}
