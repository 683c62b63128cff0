import ts from 'typescript';

/**
 * The same module with its own numbers in the place of their names: `MINUTE_MILLIS` becomes `60_000` where it is used. Bundlers do not do that for what stands
 * outside of functions, and each name that is not needed costs those who load the package. Lines stay as they are.
 */
export function inlineConstants(text: string): string {
  const tree = ts.createSourceFile('module.ts', text, ts.ScriptTarget.ES2022, true);
  const numbers = numbersOf(tree);
  const edits: { readonly from: number; readonly to: number; readonly text: string }[] = [];
  const visit = (node: ts.Node): void => {
    const number = ts.isIdentifier(node) && isUse(node) ? numbers.get(node.text) : undefined;
    if (number !== undefined) edits.push({ from: node.getStart(), to: node.end, text: `(${number})` });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  let inlined = text;
  for (const { from, to, text: by } of edits.reverse())
    inlined = inlined.slice(0, from) + by + inlined.slice(to);
  return inlined;
}

/** The constants of a module that are numbers, and are neither exported, nor hidden by another of their name. */
function numbersOf(tree: ts.SourceFile): ReadonlyMap<string, string> {
  const numbers = new Map<string, string>();
  for (const statement of tree.statements) {
    if (!ts.isVariableStatement(statement) || statement.modifiers) continue;
    if (!(statement.declarationList.flags & ts.NodeFlags.Const)) continue;
    for (const { name, initializer } of statement.declarationList.declarations)
      if (ts.isIdentifier(name) && initializer && isNumber(initializer))
        numbers.set(name.text, initializer.getText());
  }
  const seen = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { name, propertyName } = node as { readonly name?: ts.Node; readonly propertyName?: ts.Node };
    // `{ A }`, `export { A }` and `export { A as B }` have no place for a number.
    const kept = propertyName ?? name;
    if (
      (ts.isShorthandPropertyAssignment(node) || ts.isExportSpecifier(node)) &&
      kept &&
      ts.isIdentifier(kept)
    )
      numbers.delete(kept.text);
    const declares = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
    if (declares && name && ts.isIdentifier(name)) {
      if (seen.has(name.text)) numbers.delete(name.text);
      seen.add(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return numbers;
}

function isNumber(node: ts.Expression): boolean {
  if (ts.isBinaryExpression(node)) return isNumber(node.left) && isNumber(node.right);
  return ts.isNumericLiteral(node);
}

/** Whether a name stands for the value: it is no declaration, no property, no key and no type. */
function isUse(node: ts.Identifier): boolean {
  const parent = node.parent as { readonly name?: ts.Node; readonly propertyName?: ts.Node };
  const isName = parent.name === node || parent.propertyName === node;
  return !isName && !ts.isTypeQueryNode(node.parent) && !ts.isTypeReferenceNode(node.parent);
}
