/** The page's beginning. */
export const HEAD = `# The rules file

<!-- Written by \`npm run schema\` from the schema and its comments: edit those, not this page. -->

The rules file (JSON with comments) configures the proxy: \`rules/default.jsonc\`, or the file that \`--rules\` names. An
unknown key is a fault; \`wayleave check\` reports all faults at once. Editors complete and explain the keys from
\`rules/schema.json\`.

**For each feature, the first matching rule that mentions it decides. If there is none, \`defaults\` decides, then the
built-in default, which is off.**

\`\`\`jsonc
{
  "$schema": "./schema.json",
  "defaults": { "markdown": true },
  "rules": [
    { "name": "drafts", "match": { "path": "/drafts/*" }, "markdown": false },
    { "name": "trial", "match": { "path": "/docs/*" }, "markdown": { "percentage": 5 } },
  ],
}
\`\`\`

The proxy matches paths as servers read them: it resolves escapes and dot segments. \`%2f\`, \`//\`, \`\\\\\`, \`;\` and escaped
punctuation can have several readings; then the strictest outcome counts: of \`access\` the strictest action, of other
features off before observe before enforce. Host names match in any case, with or without a trailing dot. Durations are a
number with \`s\`, \`m\`, \`h\` or \`d\`.

\`access\` considers the readings of more servers than other features, since a missing reading would be a bypass. Unless
\`paths\` says how the origin server reads paths, a rule that refuses \`/data/*\` also refuses \`/DATA/x\`, \`/data\`,
\`/data;v=1/x\`, \`/data%20/x\`, a path that has such a form after a second decoding, and \`/data/../x\`, although the origin
server gets \`/x\`. A rule that allows applies only if every reading of the path matches it, including the exact spelling.
If your origin server does not read paths in these ways, say so in \`paths\`:

\`\`\`jsonc
{
  "paths": { "case": "sensitive", "trailingSlash": "different", "parameters": "literal" },
}
\`\`\`

With \`"case": "insensitive"\`, \`"trailingSlash": "same"\` and \`"parameters": "ignore"\`, all features match in that way.
The proxy resolves dot segments and \`\\\` before it forwards a request, as browsers do. With \`"dotSegments":
"as-received"\`, Node forwards them, and only \`access\` applies to such a request: no feature changes or stores its content
(Workers always resolve them). If a path has more than 64 readings, or they have more than 32,768 characters in all, all
access rules with a path apply to it. A path longer
than \`maxLength\` gets 414.`;

/** The text that applies to all features. */
export const MODES = `A feature is \`true\`, \`false\`, \`"observe"\`, or an object with its options.

| written as                   | mode                                                    |
| ---------------------------- | ------------------------------------------------------- |
| \`true\`, \`{}\`                 | \`enforce\`: it acts, with the default options            |
| \`false\`, \`{ "mode": "off" }\` | \`off\`: it does not run                                  |
| \`"observe"\`                  | \`observe\`: it decides and records, but changes nothing  |
| \`{ "mode": "observe", … }\`   | the same, with options                                  |
| \`{ "percentage": 5, … }\`     | \`enforce\` for 5 of 100 agents, \`observe\` for the others |

The same agents are always included: wayleave hashes the rule's name with the operator and name of a verified bot, or with
the User-Agent and address (of IPv6 the network) of any other client. If you raise the percentage, included agents stay
included. The record of a decision says \`share: { percentage, isIn }\`. A response that changes for an included agent becomes
\`private\`, so that no shared cache serves it to others; other agents get the origin server's response, as cacheable as
before. Use this to try out a feature, not for protection: a client can choose its User-Agent.

With \`"canary": { "errors": 2, "status": 5, "latency": 300 }\` the rule ends its own trial. The proxy compares the responses to the
included agents with those to the others: the share of 5xx and of 4xx in percentage points, and the median time to the head of the
response in milliseconds. If they are worse by more than a bound, and not by chance (50 responses of each side at least, and three
standard errors), the rule only observes from then on. The log has the line \`canary-stopped\`, and the holder of the token
sees each canary in \`/.wayleave/ready\`. A changed rule begins anew. Each process and each isolate counts for itself.`;
