// Writes the dashboards as Grafana reads them. Run with `npm run dashboards`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dashboardFiles, FOLDER } from './index.js';

mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of dashboardFiles()) writeFileSync(`${FOLDER}/${name}`, text);
