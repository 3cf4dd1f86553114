/** What a campaign found, as lines. */
import { CAMPAIGN_LEVELS, type CampaignResult } from './campaign.ts';

export function campaignText({ graphs, sessions, patches, steps, failures }: CampaignResult, first: number, providers: readonly string[]): string {
  const lines = failures.flatMap(({ seed, size, why, saved }) => [
    `seed ${seed}, ${size} parts${saved === undefined ? '' : `: ${saved}`}`, ...why.slice(0, 4).map((line) => `    ${line}`),
  ]);
  return [
    ...lines,
    `seeds ${first} to ${first + graphs - 1}: ${graphs} graphs x ${CAMPAIGN_LEVELS.length} levels x ${providers.join(' and ')}, ${sessions} sessions, ${patches} patches`,
    `${steps} quantized results moved by one step at a tie; ${failures.length === 0 ? 'all contracts hold' : `${failures.length} graphs break a contract`}`,
  ].join('\n');
}
