package routing

// Graph is where a tenant's calls go, as a picture: where they begin, what they
// come to, and by what. The same configuration always gives the same one.
type Graph struct {
	Tenant string // its name
	Nodes  []GraphNode
	Edges  []GraphEdge // from each node in the order its ways are tried
}

// GraphNode is a place in a graph.
type GraphNode struct {
	ID    string // n0, n1 …
	Kind  GraphKind
	Lines []string // what it says; tenants' texts are in it as they wrote them
}

// GraphEdge is a way from one node to another.
type GraphEdge struct {
	From, To string   // ids of nodes
	Label    string   // by what: an outcome, a key, open, a holiday, a rule …; may be empty
	Way      GraphWay // how a call takes it
}

// GraphKind is what a node stands for; a closed set.
type GraphKind string

// The kinds.
const (
	GraphCalls     GraphKind = "calls"   // where every call begins
	GraphNumbers   GraphKind = "numbers" // numbers of the tenant that are routed alike
	GraphRule      GraphKind = "rule"
	GraphDefault   GraphKind = "default" // the default destination
	GraphExtension GraphKind = "extension"
	GraphForward   GraphKind = "forward" // a number outside
	GraphRingGroup GraphKind = "ringgroup"
	GraphMenu      GraphKind = "menu"
	GraphDial      GraphKind = "dial" // numbers that may be dialled in a menu
	GraphSchedule  GraphKind = "schedule"
	GraphVoicemail GraphKind = "voicemail"
	GraphHangup    GraphKind = "hangup"
)

// GraphWay is how a call takes an edge; a closed set.
type GraphWay string

// The ways.
const (
	GraphGoes      GraphWay = "goes"      // it goes on there
	GraphRings     GraphWay = "rings"     // it rings there, and does not leave where it is
	GraphOtherwise GraphWay = "otherwise" // to the default destination, as nothing else was said; or by a rule that is turned off
)

// Graph draws the plan. Extensions that nothing leads to and that lead nowhere
// are left out: there may be thousands, and they ring when they are dialled.
func (p *Plan) Graph() Graph {
	g := &grapher{p: p, graph: Graph{Tenant: p.grant.Name}, ids: map[Destination]string{}, numbered: map[string]string{}}
	g.begin()
	g.follow()
	g.rest()
	return g.graph
}
