export default async (payload, helpers) => {
  if (JSON.stringify(payload) !== '{"a":1}') throw new Error('another payload');
  await helpers.addJob('next', {});
};
