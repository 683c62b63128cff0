import { play } from '../../scenario/scenario.cjs';

export async function POST() {
  await play();
  return Response.json({});
}
