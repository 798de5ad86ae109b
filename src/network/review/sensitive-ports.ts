/** A port on which only people and programs that one knows should be let in. */
export interface SensitivePort {
  readonly protocol: "tcp" | "udp";
  readonly port: number;
  /** What usually listens there. */
  readonly service: string;
}

/**
 * The ports that AWS calls of high risk when they are open to everyone (Trusted Advisor, "Security groups – specific ports
 * unrestricted"; Security Hub EC2.13, EC2.14 and EC2.19), without those of programs that are gone.
 */
export const SENSITIVE_PORTS: readonly SensitivePort[] = [
  { protocol: "tcp", port: 20, service: "FTP" },
  { protocol: "tcp", port: 21, service: "FTP" },
  { protocol: "tcp", port: 22, service: "SSH" },
  { protocol: "tcp", port: 23, service: "Telnet" },
  { protocol: "tcp", port: 25, service: "SMTP" },
  { protocol: "tcp", port: 110, service: "POP3" },
  { protocol: "tcp", port: 135, service: "RPC" },
  { protocol: "tcp", port: 143, service: "IMAP" },
  { protocol: "tcp", port: 445, service: "SMB" },
  { protocol: "tcp", port: 1433, service: "Microsoft SQL Server" },
  { protocol: "tcp", port: 1434, service: "Microsoft SQL Server" },
  { protocol: "udp", port: 1434, service: "Microsoft SQL Server" },
  { protocol: "tcp", port: 3000, service: "web development server" },
  { protocol: "tcp", port: 3306, service: "MySQL" },
  { protocol: "tcp", port: 3389, service: "Remote Desktop" },
  { protocol: "tcp", port: 4333, service: "ahsp" },
  { protocol: "tcp", port: 5000, service: "web development server" },
  { protocol: "tcp", port: 5432, service: "PostgreSQL" },
  { protocol: "tcp", port: 5500, service: "VNC" },
  { protocol: "tcp", port: 5601, service: "Kibana" },
  { protocol: "tcp", port: 6379, service: "Redis" },
  { protocol: "tcp", port: 8080, service: "web proxy" },
  { protocol: "tcp", port: 8088, service: "web server" },
  { protocol: "tcp", port: 8888, service: "web server" },
  { protocol: "tcp", port: 9200, service: "Elasticsearch" },
  { protocol: "tcp", port: 9300, service: "Elasticsearch" },
  { protocol: "tcp", port: 27017, service: "MongoDB" },
];
