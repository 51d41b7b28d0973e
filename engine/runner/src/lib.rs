//! The graph, the queue, the dispatcher, and the way to each host.
pub mod graph;
