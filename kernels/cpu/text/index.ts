export * from './regex.ts';
export * from './strings.ts';
export * from './tf-idf.ts';
