import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Engines that are ES modules alone, pg-boss from 12 on and graphile-worker from 0.18 on. */
const ES_MODULES = ['pg-boss', 'graphile-worker'];

/**
 * Has declarations for CommonJS say that the types of such an engine are those of an ES module. Without that, TypeScript refuses the import
 * (TS1479) where `skipLibCheck` is off. tsup can not write it.
 */
for (const name of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.d.cts')) continue;
  const file = join('dist', name);
  const text = readFileSync(file, 'utf8');
  const said = ES_MODULES.reduce(
    (so, engine) =>
      so.replace(
        new RegExp(`^import (?:type )?(\\{[^}]*\\}) from '${engine}';`, 'gm'),
        `import type $1 from '${engine}' with { 'resolution-mode': 'import' };`,
      ),
    text,
  );
  if (said !== text) writeFileSync(file, said);
}
