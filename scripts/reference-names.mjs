// A plugin of TypeDoc: a page of the API reference has the name by which an app imports its subpath, not that of the source file.

/** @param {import('typedoc').Application} app */
export function load(app) {
  app.converter.on('resolveBegin', ({ project }) => {
    for (const module of project.children ?? []) {
      const path = module.name.replace(/^adapters\//, '');
      module.name = path === 'index' ? 'signalbox' : `signalbox/${path}`;
    }
  });
}
