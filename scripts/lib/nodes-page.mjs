// docs/nodes.md, from the descriptors of the node and connection types.

/** The page as Markdown. */
export async function nodesPage() {
  const { builtinCatalog } = await import("../../runtime/nodes/catalog.ts");
  const { describeParam } = await import("../../language/params.ts");
  const nodes = [...builtinCatalog.nodes.values()];
  const categories = [...new Set(nodes.map(({ category }) => category))];
  const lines = [
    "# Nodes",
    "",
    "Made from the node types themselves by `npm run generate`. Every node also has an `error` output, and may have `label`,",
    "`notes`, `disabled`, `timeout`, `retry`, `concurrency`, `ordered` and `queue`.",
  ];
  for (const category of categories) {
    lines.push("", `## ${capital(category)}`);
    for (const node of nodes.filter((one) => one.category === category))
      lines.push("", ...section(node, describeParam));
  }
  lines.push("", "# Connections");
  for (const connection of builtinCatalog.connections.values())
    lines.push(
      "",
      `## ${connection.type}`,
      "",
      connection.doc,
      "",
      ...table(connection.params, describeParam),
    );
  return `${lines.join("\n")}\n`;
}

function section(node, describeParam) {
  const ports = node.outputs.map(({ name, doc }) => `\`${name}\` – ${doc}`);
  if (node.outputsFrom) ports.push(`the names in \`${node.outputsFrom.param}\``);
  return [
    `### ${node.type}`,
    "",
    `${node.summary} ${node.doc}`,
    "",
    ...(ports.length > 0 ? [`Outputs: ${ports.join(" ")}`, ""] : []),
    ...table(node.params, describeParam),
  ];
}

function table(params, describeParam) {
  const rows = Object.entries(params).map(([name, param]) => {
    const needed = param.required
      ? "required"
      : param.default === undefined
        ? ""
        : `\`${JSON.stringify(param.default).replaceAll("|", "\\|")}\``;
    return `| \`${name}\` | ${describeParam(param).replaceAll("|", "\\|")} | ${needed} | ${param.doc.replaceAll("|", "\\|")} |`;
  });
  if (rows.length === 0) return [];
  return ["| param | takes | default | |", "|---|---|---|---|", ...rows];
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
