//! Drawings of graphs, cell by cell, and laws that hold for any graph.
