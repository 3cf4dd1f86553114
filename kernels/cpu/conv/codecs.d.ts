/** The parts used here of packages that come without types. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decode' {
  const load: (options: object) => Promise<{ JPEGDecoder: new () => import('./image-formats.ts').FrameDecoder }>;
  export default load;
}
declare module '@cornerstonejs/codec-openjpeg/decode' {
  const load: (options: object) => Promise<{ J2KDecoder: new () => import('./image-formats.ts').FrameDecoder }>;
  export default load;
}
