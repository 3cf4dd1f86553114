/** True in Node. The build of the browser bundles sets it to false, and what only Node can do falls away. */
export const isNode: boolean = typeof process !== 'undefined' && process.versions?.node !== undefined;
