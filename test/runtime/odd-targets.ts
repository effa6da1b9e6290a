/** The printable characters of ASCII, but for those that end a target ("#", space) or a path. */
const CHARACTERS = Array.from({ length: 0x7e - 0x20 }, (_, i) => String.fromCharCode(0x21 + i));

const inPath = CHARACTERS.filter((each) => !/[A-Za-z0-9#?%/]/.test(each));
const inQuery = CHARACTERS.filter((each) => !/[A-Za-z0-9#%]/.test(each));

/** Targets with characters that signers, clients, runtimes and URL parsers spell differently. */
export const ODD_TARGETS: readonly string[] = [
  ...inPath.map((each) => `/a${each}b/c`),
  ...inQuery.map((each) => `/?q=it${each}s`),
  // Escapes that are there already, in either case.
  "/%7Euser/",
  "/%7euser/",
  "/caf%C3%A9",
  "/caf%c3%a9?x=%c3%a9",
  "/%E4",
  "/?q=%E4",
  "/?q=it%27s",
  "/?q=%22a%22&b=%7B%7D",
  "/a%2Fb",
  "/a%20b?c=d%20e",
  "/?q=a+b",
  "/100%25",
  "/?q=100%",
  "/%zz",
  // Beyond ASCII.
  "/café",
  "/?q=café",
  "/日本語?q=日本",
  "/?q=it's&r=é",
  // Several kinds at once.
  `/?q={"a":'b'}`,
  "/a{b}/c[d]?e={f}",
  "/it's/{id}?q='a'|\"b\"",
  "/a|b^c`d",
  "/a\\b\\c",
  // Dot segments, empty segments, empty and repeated parts.
  "/a/./b",
  "/a/../b",
  "/a/%2e%2e/b",
  "/./",
  "/a/..",
  "//a//b",
  "/a/?",
  "/a??b",
  "/a?b?c=d?e",
  "/?&&=",
  "/?a=1&a=2",
  "/a;v=1;w=2",
  "/a:b@c",
  "/@user",
  "/?",
];
