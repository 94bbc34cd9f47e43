"""Kill -9 at every commit and every outside call: nothing lost, nothing twice."""
