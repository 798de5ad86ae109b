import "./map.css";
import { useId, useRef } from "react";
import { PAGE_ADDRESS } from "../../../api/page-address.ts";
import { usePortal } from "../../live/portal-context.ts";
import { formatRoute } from "../../routing/route.ts";
import { formatQuestion } from "../question.ts";
import { plain, reasonWords } from "../words.ts";
import type { Arrow } from "./arrows.ts";
import { arrowPath, type Layout, layOut, type NodeBox, type SubnetContents } from "./layout.ts";
import { useWidth } from "./use-width.ts";

interface DrawingProps {
  readonly title: string;
  readonly subnets: readonly SubnetContents[];
  /** What stands on the gateway; null without one. */
  readonly gateway: string | null;
  readonly arrows: readonly Arrow[];
  /** An arrow is pointed at, or has the keyboard; null: none. */
  readonly onLook: (arrow: Arrow | null) => void;
}

/** The map: every arrow is a link to what decides it. */
export function Drawing({ title, subnets: contents, gateway, arrows, onLook }: DrawingProps) {
  const section = useRef<HTMLElement>(null);
  const layout = layOut(contents, PAGE_ADDRESS, useWidth(section));
  const { width, height, vpc, subnets, nodes, nats } = layout;
  const marks = useId();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section ref={section} className="tv-map" aria-label={title} tabIndex={0}>
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the section around it is named, and a title would hide the arrows' own. */}
      <svg viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: width * MOST_SCALE }}>
        <defs>
          {(["yes", "no"] as const).map((kind) => (
            <marker
              key={kind}
              id={`${marks}${kind}`}
              className={`tv-${kind}`}
              viewBox="0 0 10 10"
              refX="9"
              refY="5"
              markerWidth="9"
              markerHeight="9"
              markerUnits="userSpaceOnUse"
              orient="auto"
            >
              <path d="M 0 0 L 10 5 L 0 10 z" />
            </marker>
          ))}
        </defs>
        <rect x={vpc.x} y={vpc.y} width={vpc.width} height={vpc.height} rx="12" />
        <text x={vpc.x + 14} y={vpc.y + 48}>
          {fitting(title, Math.floor(vpc.width / LETTER_WIDTH))}
        </text>
        {subnets.map(({ subnet, x, y, width: across, height: down }) => (
          <g key={subnet.id}>
            <rect className="tv-subnet" x={x} y={y} width={across} height={down} rx="8" />
            <text x={x + 12} y={y + 21}>
              {subnet.name}
            </text>
            <text className="tv-quiet" x={x + 12} y={y + 38}>
              {subnet.cidrBlock}
            </text>
          </g>
        ))}
        <Gateway layout={layout} text={gateway} />
        {[...nodes, ...nats].map((node) => (
          <Node key={node.id} node={node} />
        ))}
        {arrows.map((arrow) => (
          <ArrowLink key={`${arrow.from} ${arrow.to}`} arrow={arrow} layout={layout} marks={marks} onLook={onLook} />
        ))}
      </svg>
    </section>
  );
}

function Gateway({ layout: { gateway: box }, text }: { layout: Layout; text: string | null }) {
  if (text === null) return null;
  return (
    <g>
      <rect className="tv-node" x={box.x} y={box.y} width={box.width} height={box.height} rx="17" />
      <text className="tv-quiet" x={box.x + box.width / 2} y={box.y + 22} textAnchor="middle">
        {text}
      </text>
    </g>
  );
}

/** Larger than this its letters would be headings. */
const MOST_SCALE = 1.25;

/** Of the drawing's 14 px text; a little more than most letters have. */
const LETTER_WIDTH = 8;

/** As many letters as fit. */
const fitting = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

function Node({ node: { x, y, width, height, title, subtitle } }: { node: NodeBox }) {
  return (
    <g>
      <rect className="tv-node" x={x} y={y} width={width} height={height} rx="6" />
      <text x={x + width / 2} y={y + 20} textAnchor="middle">
        {fitting(title, 20)}
      </text>
      <text className="tv-quiet" x={x + width / 2} y={y + 37} textAnchor="middle">
        {fitting(subtitle, 27)}
      </text>
    </g>
  );
}

interface ArrowLinkProps extends Pick<DrawingProps, "onLook"> {
  readonly layout: Layout;
  readonly arrow: Arrow;
  readonly marks: string;
}

function ArrowLink({ arrow, layout, marks, onLook }: ArrowLinkProps) {
  const { cloud } = usePortal();
  const nodeOf = (id: string) => layout.nodes.find((node) => node.id === id);
  const [from, to] = [nodeOf(arrow.from), nodeOf(arrow.to)];
  if (from === undefined || to === undefined) return null;
  const { reachability, question } = arrow;
  const kind = reachability.reachable ? "yes" : "no";
  const path = arrowPath(from, to, layout);
  const says = `${from.title} ${reachability.reachable ? "reaches" : "does not reach"} ${to.title}: ${plain(reasonWords(cloud, reachability))}`;
  return (
    <a
      className={`tv-${kind}`}
      href={formatRoute({ page: "reachability", id: formatQuestion(question) })}
      aria-label={says}
      onMouseEnter={() => onLook(arrow)}
      onMouseLeave={() => onLook(null)}
      onFocus={() => onLook(arrow)}
      onBlur={() => onLook(null)}
    >
      <title>{says}</title>
      <path className="tv-hit" d={path} />
      <path className="tv-line" d={path} markerEnd={`url(#${marks}${kind})`} />
    </a>
  );
}
