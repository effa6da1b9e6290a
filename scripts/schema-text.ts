/** Keys down to this depth have lines of their own, so that changes show; white space for all would double the file. */
const DEPTH = 6;

/** The text of a schema file of the package. */
export function schemaText(schema: object): string {
  return `${write(schema, DEPTH)}\n`;
}

function write(value: unknown, depth: number): string {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (depth === 0 || !isObject) return JSON.stringify(value);
  const lines = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${JSON.stringify(key)}:${write(each, depth - 1)}`);
  return `{\n${lines.join(",\n")}\n}`;
}
