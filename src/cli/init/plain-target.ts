/** The longest address that a test or a rule names. */
const LONGEST = 300;
const PLAIN_PATH = /^\/[\w\-.~/@!$&,=]*$/;
const PLAIN_QUERY = /^[\w\-.~/@!$&,=:+]*$/;

/** Whether a path has one reading, and no character that a URL Pattern reads in its own way. */
export function isPlainPath(path: string): boolean {
  return path.length <= LONGEST && PLAIN_PATH.test(path) && !/\/[/.]/.test(path);
}

/** Whether a path with its query is plain, so that a test can name it. */
export function isPlainTarget(target: string): boolean {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  return isPlainPath(path) && query.length <= LONGEST && PLAIN_QUERY.test(query);
}
