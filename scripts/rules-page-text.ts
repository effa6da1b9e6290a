/** The page's beginning. */
export const HEAD = `# The rules file

<!-- Written by \`npm run schema\` from the schema and its comments: edit those, not this page. -->

One file in JSON with comments says what the proxy does, for which requests: \`rules/default.jsonc\`, or the one
that \`--rules\` names. A key that is not known is a fault, never ignored; \`wayleave check\` finds all faults
at once. Editors complete and explain the keys by \`rules/schema.json\`.

**For each feature, the first rule that matches and mentions it decides; then \`defaults\`; then the built-in
default, which is off.**

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

Paths are matched as servers read them: escapes and dot segments resolved, in every reading where \`%2f\`, \`//\`,
\`\\\\\`, \`;\` or escaped punctuation allow several. Where readings differ, the stricter outcome counts: of
\`access\` the one that asks most, of all others off before observe before enforce. Hosts are matched in any case,
with or without the dot at their end. Durations are a number with \`s\`, \`m\`, \`h\` or \`d\`.

\`access\` thinks of more servers than the other features do, since a reading that it forgot would be a way past it. As
long as \`paths\` does not say how the origin reads, a rule that refuses \`/data/*\` also refuses \`/DATA/x\`, \`/data\`,
\`/data;v=1/x\`, \`/data%20/x\`, a path that reads as one of these when it is decoded twice, and \`/data/../x\` although
the origin gets \`/x\`. A rule that allows holds only for a path that every reading brings under it, the exact spelling
included. What your origin server does not do, say in \`paths\`:

\`\`\`jsonc
{
  "paths": { "case": "sensitive", "trailingSlash": "different", "parameters": "literal" },
}
\`\`\`

With \`"case": "insensitive"\`, \`"trailingSlash": "same"\` and \`"parameters": "ignore"\` all features match like that.
Dot segments and \`\\\` are resolved before a request goes to the origin, as browsers do. With \`"dotSegments":
"as-received"\` Node forwards them, and such a request gets \`access\` alone: no feature changes or stores its content
(Workers always resolve them). A path with more readings than can be told apart (64) is taken to be any path that an
access rule names. A path longer than \`maxLength\` is answered with 414.`;

/** What all features have in common. */
export const MODES = `A feature is \`true\`, \`false\`, \`"observe"\`, or an object with its options.

| written as                   | mode                                                           |
| ---------------------------- | -------------------------------------------------------------- |
| \`true\`, \`{}\`                 | \`enforce\`: it acts, with its options as they are by themselves |
| \`false\`, \`{ "mode": "off" }\` | \`off\`: it takes no part                                        |
| \`"observe"\`                  | \`observe\`: it decides and records, and changes not a byte      |
| \`{ "mode": "observe", … }\`   | the same, with options                                         |
| \`{ "percentage": 5, … }\`     | \`enforce\` for 5 of 100 agents, \`observe\` for the others        |

Who belongs to the 5 is always the same: a verified bot by operator and name, everyone else by User-Agent and
address (of IPv6 the network), hashed with the rule's name. With a higher percentage they stay in and others
join. The record of a decision says \`share: { percentage, isIn }\`. What was changed for a share goes out
\`private\`, so that no shared cache hands it to the others; what the others get is the origin's, cacheable as
ever. It is for trying out, not for protection: a client can choose its User-Agent.`;
