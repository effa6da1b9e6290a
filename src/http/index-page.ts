/** A path without the name of the file that servers send for a directory. */
export function withoutIndex(path: string): string {
  return path.replace(/\/index\.html?$/, "/");
}
