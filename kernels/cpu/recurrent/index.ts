export * from './gru.ts';
export * from './lstm.ts';
export * from './rnn.ts';
