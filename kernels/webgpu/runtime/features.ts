/** What an adapter has beyond the least that WebGPU asks for. */
export interface Features {
  readonly f16: boolean;
  readonly subgroups: boolean;
  readonly timestamps: boolean;
  readonly dot4: boolean;
}

export function featuresOf(instance: GPU, { features }: GPUDevice): Features {
  return {
    f16: features.has('shader-f16'), subgroups: features.has('subgroups'), timestamps: features.has('timestamp-query'),
    dot4: instance.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false,
  };
}

export function describeAdapter(info: GPUAdapterInfo, has: Features): string {
  const name = info.description || [info.vendor, info.architecture, info.device].filter(Boolean).join(' ') || 'unnamed adapter';
  const features = [has.f16 && 'f16', has.subgroups && 'subgroups', has.dot4 && 'dot4'].filter(Boolean);
  return features.length === 0 ? name : `${name} (${features.join(', ')})`;
}
