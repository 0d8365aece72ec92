"""Français: French, one more table, in the words of textbooks of analysis.

Each table has the ids of the English one, and each sentence its placeholders; a test holds that.
The rows have plain spaces before ; : ! ? and %, which `set_` makes narrow ones that do not break.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from symgd.pages.messages.english import ArrayMessages, Language
from symgd.pages.messages.rows import Functions, Rows, names_of, reasons_of

K = TypeVar("K")
NARROW = "\N{NARROW NO-BREAK SPACE}"


def set_(text: str) -> str:
    """The text with the spaces that French typography has before ; : ! ? % and within « »."""
    return re.sub(r" (?=[;:!?»%])|(?<=«) ", NARROW, text)


def _all(table: Mapping[K, str]) -> dict[K, str]:
    return {key: set_(text) for key, text in table.items()}


def _rows(rows: Rows) -> Rows:
    return tuple((id, set_(name), set_(reason)) for id, name, reason in rows)


_CHAIN = "Une variation se transmet d'une grandeur à la suivante : on multiplie les taux de variation des maillons."
_DEFINED = "On remplace le nom par ce qu'il désigne."

#  id                     nom                                        justification
_ROWS: Rows = _rows((
    # -- steps between rules
    ("chain",               "règle de la chaîne via {detail}",         _CHAIN),
    ("chain:bare",          "règle de la chaîne",                      _CHAIN),
    ("chains",              "règle de la chaîne, maillon par maillon", _CHAIN),
    ("definition",          "définition de {detail}",                  _DEFINED),
    ("definition:bare",     "par définition",                          _DEFINED),
    ("lemma",               "d'après le lemme {number}",               "Cette dérivée a été établie plus haut."),
    ("lemmas",              "d'après les lemmes",                      "Ces dérivées ont été établies plus haut."),
    ("output",              "les sorties par leurs noms",              "Le modèle a déjà un nom pour cette valeur."),
    ("lower_order",         "dériver la dérivée d'ordre inférieur",    "Une dérivée d'ordre supérieur est la dérivée de celle de l'ordre précédent."),
    ("implicit",            "dérivation implicite",                    "Le long de F(x, y) = 0, les deux variations F_x dx et F_y dy se compensent."),
    ("convention",          "convention au point anguleux",            "La dérivée n'existe pas en un point anguleux ; on y convient de cette valeur."),
    ("seam",                "convention à la limite des cas",          "La dérivée n'existe pas en un point anguleux ; on y convient de la valeur que donne cette ligne."),
    ("limit",               "limite au point de raccordement",         "La formule a ici un raccordement ; la dérivée existe et vaut cela."),
    ("arithmetic",          "calcul algébrique",                       "On multiplie les nombres, on regroupe les facteurs égaux et les termes semblables."),
    ("split_fraction",      "séparer la fraction",                     "On écrit la fraction comme un produit de deux fractions."),
    ("add_subtract",        "ajouter et retrancher 1",                 "Ajouter puis retrancher le même nombre ne change rien."),
    ("multiply_exponential", "diviser haut et bas par l'exponentielle", "Une fraction ne change pas quand on divise son numérateur et son dénominateur par un même nombre."),
    ("common_denominator",  "réduire au même dénominateur",            "On additionne des fractions sur un dénominateur commun."),
    ("like_terms",          "regrouper les termes semblables",         "On développe les parenthèses et on regroupe les produits égaux."),
    ("in_itself",           "exprimer par la fonction elle-même",      "On exprime l'exponentielle par la valeur de la fonction."),
    ("in_sigmoid",          "exprimer par la sigmoïde",                "Avec s = σ(u), l'exponentielle de u vaut s/(1 − s)."),
    ("factor",              "factoriser et simplifier",                "On factorise le numérateur et le dénominateur, puis on simplifie leurs facteurs communs."),
    ("substitute",          "application numérique",                   "On remplace chaque nom par sa valeur."),
    ("evaluate",            "calculer",                                "On effectue le calcul."),
    ("vanished",            "dérivée d'une constante",                 "Ce qui ne dépend pas de la variable a pour dérivée 0."),
    ("same_layer",          "de même dans chaque couche",              "Les formules des couches ne diffèrent que par l'indice."),
    ("update",              "un pas de descente de gradient",          "Chaque paramètre se déplace à l'opposé de sa dérivée, selon le taux d'apprentissage."),
    # -- rules of differentiation
    ("constant",            "dérivée d'une constante",                 "Ce qui ne dépend pas de la variable ne varie pas avec elle."),
    ("identity",            "dérivée de la variable elle-même",        "Une variable varie par rapport à elle-même avec le taux 1."),
    ("linear",              "fonction linéaire",                       "Une fonction linéaire a pour pente son coefficient."),
    ("negative",            "dérivée de l'opposé",                     "Le facteur -1 sort de la dérivée."),
    ("constant_multiple",   "produit par une constante",               "Un facteur constant sort de la dérivée."),
    ("sum",                 "dérivée d'une somme",                     "Une somme se dérive terme à terme."),
    ("reciprocal",          "dérivée de l'inverse",                    "C'est la dérivée d'une puissance, pour l'exposant -1."),
    ("quotient",            "dérivée d'un quotient",                   "C'est la dérivée du produit de u et 1/v, réduite au même dénominateur."),
    ("sqrt",                "dérivée de la racine carrée",             "C'est la dérivée d'une puissance, pour l'exposant 1/2."),
    ("power",               "dérivée d'une puissance",                 "L'exposant passe en facteur et diminue de 1 ; on multiplie par la dérivée de la fonction intérieure."),
    ("exponential",         "exponentielle de base quelconque",        "a^u est e à la puissance u ln a."),
    ("general_power",       "dérivée d'une puissance générale",        "u^v est e à la puissance v ln u ; la base et l'exposant varient tous deux."),
    ("product",             "dérivée d'un produit",                    "On dérive les facteurs tour à tour et on additionne."),
    ("exp",                 "dérivée de l'exponentielle",              "L'exponentielle est sa propre dérivée ; on multiplie par la dérivée de la fonction intérieure."),
    ("atan2",               "dérivée de l'angle polaire",              "L'angle de (v, u) tourne quand le point se déplace en travers de son rayon."),
    ("abs",                 "dérivée de la valeur absolue",            "|u| a pour pente 1 à droite de 0 et -1 à sa gauche ; en u = 0, on convient de 0."),
    ("sign",                "dérivée de la fonction signe",            "sign(u) est constante des deux côtés de son saut, où l'on convient aussi de 0."),
    ("floor",               "dérivée de la partie entière",            "La partie entière est constante entre ses sauts aux entiers, où l'on convient de 0."),
    ("ceil",                "dérivée de la partie entière par excès",  "La partie entière par excès est constante entre ses sauts aux entiers, où l'on convient de 0."),
    ("max",                 "dérivée d'un maximum",                    "C'est la plus grande branche qui varie ; en cas d'égalité, on prend 0 face à une constante, la première de deux si une seule varie, sinon la moyenne."),
    ("min",                 "dérivée d'un minimum",                    "C'est la plus petite branche qui varie ; en cas d'égalité, on prend 0 face à une constante, la première de deux si une seule varie, sinon la moyenne."),
    ("cases",               "dérivée cas par cas",                     "Hors des limites entre les cas, chacun se dérive séparément ; à une limite, on prend le cas auquel elle appartient."),
    ("prime",               "dérivée notée par un prime",              "La dérivée de g se note par un prime tant qu'elle n'est pas connue."),
    ("named",               "règle de la chaîne",                      "On multiplie la dérivée de la fonction extérieure, prise en la fonction intérieure, par la dérivée de celle-ci."),
    # -- rules of algebra
    ("logistic_slope",      "dérivée de la forme logistique",          "On sépare la fraction, on ajoute et retranche 1, on reconnaît la sigmoïde."),
    ("logistic_complement", "mettre sous forme logistique",            "On divise le numérateur et le dénominateur par l'exponentielle, ou l'on ajoute et retranche 1."),
    ("recognise",           "reconnaître une fonction connue",         "C'est la définition d'une fonction qui a un nom."),
    ("combine_exponentials", "produit d'exponentielles",               "Les exposants d'une même base s'additionnent."),
    ("normal_density",      "reconnaître la densité normale",          "C'est la densité de la loi normale centrée réduite."),
    ("ratio",               "rapport du sinus au cosinus, circulaires ou hyperboliques", "C'est la définition de la tangente, ou de la tangente hyperbolique."),
    ("pythagoras",          "relation de Pythagore",                   "La somme des carrés du sinus et du cosinus vaut 1 ; il en va de même en trigonométrie hyperbolique, à un signe près."),
    ("double_angle",        "angle double",                            "C'est le sinus de l'angle double."),
    ("sign_times",          "valeur absolue et signe",                 "Un nombre est le produit de sa valeur absolue et de son signe."),
    ("condition",           "résoudre la condition",                   "On met la condition sous sa forme la plus courte."),
    ("indicator",           "partie positive",                         "Là où l'échelon vaut 0, la partie positive vaut déjà 0."),
    ("constant_case",       "faire entrer le facteur dans les cas",    "Le nombre multiplie chacun des cas."),
    ("divide_terms",        "diviser terme à terme",                   "On divise chaque terme par le dénominateur."),
    ("factor_out",          "mettre en facteur",                       "Un facteur commun à tous les termes s'écrit une seule fois."),
))  # fmt: skip

# id      the function with its article, as in "dérivée du sinus"
_FUNCTIONS = Functions(
    name="dérivée {of}",
    reason="On multiplie la dérivée {of} par celle de la fonction intérieure (règle de la chaîne).",
    spelled="de {text}",
    of={
        "log": "du logarithme",
        "sin": "du sinus",
        "cos": "du cosinus",
        "tan": "de la tangente",
        "cot": "de la cotangente",
        "sec": "de la sécante",
        "csc": "de la cosécante",
        "asin": "de l'arc sinus",
        "acos": "de l'arc cosinus",
        "atan": "de l'arc tangente",
        "sinh": "du sinus hyperbolique",
        "cosh": "du cosinus hyperbolique",
        "tanh": "de la tangente hyperbolique",
        "coth": "de la cotangente hyperbolique",
        "sech": "de la sécante hyperbolique",
        "csch": "de la cosécante hyperbolique",
        "asinh": "de l'argument sinus hyperbolique",
        "acosh": "de l'argument cosinus hyperbolique",
        "atanh": "de l'argument tangente hyperbolique",
        "erf": "de la fonction d'erreur",
        "erfc": "de la fonction d'erreur complémentaire",
        "erfinv": "de la réciproque de la fonction d'erreur",
        "erfcinv": "de la réciproque de la fonction d'erreur complémentaire",
        "sinint": "du sinus intégral",
        "cosint": "du cosinus intégral",
        "expint": "de l'exponentielle intégrale E₁",
        "expi": "de l'exponentielle intégrale Ei",
        "besselj0": "de la fonction de Bessel J₀",
        "besselj1": "de la fonction de Bessel J₁",
        "bessely0": "de la fonction de Bessel Y₀",
        "bessely1": "de la fonction de Bessel Y₁",
        "besseli0": "de la fonction de Bessel modifiée I₀",
        "besseli1": "de la fonction de Bessel modifiée I₁",
        "lambertw": "de la fonction W de Lambert",
        "lgamma": "du logarithme de la fonction gamma",
        "digamma": "de la fonction digamma",
        "trigamma": "de la fonction trigamma",
        "polygamma": "d'une fonction polygamma",
        "tgamma": "de la fonction gamma",
    },
)

TITLES = {
    "lemma": "Lemme {number} : la dérivée {order}de {detail}",
    "backward": "Rétropropagation : la dérivée {order}du coût par rapport à {detail}",
    "gradient": "La dérivée {order}du coût par rapport à {detail}",
    "hessian": "La dérivée {order}du coût par rapport à {detail}",
    "delta": "L'erreur {detail}",
    "parameter": "Les paramètres de {detail}",
    "general": "La couche générale",
}
TIMES = {
    1: "{name}",
    2: "{name} (deux fois)",
    3: "{name} (trois fois)",
    4: "{name} (quatre fois)",
}
ORDERS = {1: "", 2: "seconde ", 3: "troisième ", 4: "quatrième "}

HEADINGS = {
    "model": "Le modèle",
    "parameters": "paramètres",
    "where": "où",
    "and": "et",
    "result": "Le gradient",
    "result2": "Les dérivées secondes",
    "forward": "Les valeurs",
    "worked": "Les dérivées en ce point",
    "update": "Un pas de descente de gradient, taux d'apprentissage {rate}",
    "predicted": "Au premier ordre, le coût varie de",
    "actual": "en réalité, il varie de",
    "saturated": "Arrondi : {names} ; l'écart à l'entier affiché est trop petit pour être vu à côté de lui, et les dérivées sont calculées ici avec cet écart.",
    "corner": "En ce point, le coût a un point anguleux en {names} ; le premier ordre peut y être en défaut.",
    "convention": "en {place}, on prend {value}",
    "limit": "en {place}, elle vaut {value}",
    "seam": "là où {place}, on prend ce que donne cette ligne",
    "verdict": "Verdict",
    "step": "Étape",
    "left": "Membre de gauche",
    "right": "Membre de droite",
    "rule": "Règle et justification",
    "marked": "Dans chaque ligne, ce que l'étape a produit est teinté, et ce que la suivante va changer est souligné.",
    "steps": "{count} étapes.",
    "stop": ". ",
    "comma": ", ",
    "semicolon": " ; ",
}

REPORT = {
    "title": "De la formule à la descente de gradient",
    "model": "Le modèle",
    "derivation": "Le calcul des dérivées",
    "numbers": "Les nombres",
    "descent": "La descente",
    "contents": "Sur cette page",
    "graph": "Le modèle sous forme de graphe. Au-dessus d'une case figure sa valeur, au-dessous la dérivée du coût par rapport à elle ; chaque flèche porte son facteur dans la règle de la chaîne.",
    "graph:alt": "Un graphe avec une case pour chacun des noms {definitions}, reliées par des flèches.",
    "graph:large": "Le modèle a {count} noms, et la figure de son graphe en admet ici au plus {most} ; il n'est donc pas dessiné.",
    "activation": "La fonction d'activation {name} et sa dérivée, établie plus bas.",
    "activation:alt": "{name} et sa dérivée entre {low} et {high}.",
    "activation:none": "Ce modèle n'a pas de fonction d'activation dont on établisse la dérivée ; il n'y en a donc pas de figure.",
    "surface": "Le coût en fonction de {names}, par lignes de niveau, et le chemin de la descente.",
    "surface:alt": "Le chemin sur la surface de coût va de {start} à {end}.",
    "surface:none": "Une surface de coût se trace pour deux paramètres, et ce modèle en a {count} : voir le coût par époque.",
    "curve:cost": "Le coût par époque.",
    "curve": "Le coût par époque et, au-dessous, la variation du coût à chaque pas, à côté de celle que prévoit le premier ordre.",
    "curve:alt": "Le coût passe de {first} à {last} en {epochs} époques.",
    "pictures:none": 'Les figures demandent matplotlib, absent quand cette page a été faite : pip install "symgd[plot]".',
    "point": "On remplace les noms par ces nombres : {numbers}.",
    "point:first": "On remplace les noms par le point de départ et le premier de {count} exemples : {numbers}.",
    "run": "Point de départ : {start} ; méthode : {optimizer} ; données : {samples} ; époques : {epochs}.",
    "run:none": "Point de départ : {start} ; méthode : {optimizer} ; époques : {epochs}.",
    "samples": "{count} exemples",
    "fell": "Le coût passe de {first} à {last}.",
    "ends": "À la fin, les paramètres sont {numbers}.",
    "epochs": "Époque par époque",
}

PICTURES = {
    "activation": "{name} et sa dérivée",
    "kink": "en {place} : {value}",
    "graph": "Le modèle : {definitions}",
    "directly": "directement {slope}",
    "descent": "La descente",
    "surface": "Surface de coût, {epochs} époques",
    "surface:part": "Surface de coût sur {part} des {count} exemples, {epochs} époques",
    "start": "départ",
    "end": "arrivée",
    "curve": "Coût par époque",
    "cost": "coût",
    "epoch": "époque",
    "changes": "Variation du coût à chaque pas",
    "change": "variation",
    "happened": "observée",
    "predicted": "prévue au premier ordre",
}

EXERCISES = {
    "title:gaps": "Exercice : un calcul de dérivées à compléter",
    "title:numbers": "Exercice : un pas de descente de gradient en nombres",
    "title:solution": "{title} (corrigé)",
    "student": "Feuille de {name}",
    "task:gaps": "Dans le calcul ci-dessous, des parties ont été omises. Trouvez ce qui manque à chaque endroit : le membre de droite d'une ligne, un facteur ou le nom de la règle employée.",
    "task:numbers": "Remplacez les noms par les nombres et calculez chaque valeur manquante, avec quatre chiffres.",
    "form": "Réponses",
    "form:how": "Écrivez chaque réponse après son numéro. Des points sont donnés pour ce qui est juste, et pour ce qui se déduit correctement d'un nombre qui ne l'est pas.",
    "point": "Les nombres : {numbers}.",
    "given": "Vous pouvez utiliser {values}.",
    "label:one": "[{number} : 1 point]",
    "label:many": "[{number} : {points} points]",
    "rule": "règle : [{number}]",
    "scheme": "Barème",
    "scheme:points": "{points} points en tout.",
    "scheme:forms": "Toute forme équivalente est juste ; un nombre peut différer par son quatrième chiffre.",
    "scheme:unfinished": "Juste, mais il reste une dérivée à calculer : {part} % des points.",
    "scheme:follows": "Faux seulement à cause d'un nombre qui précède : {part} % des points.",
    "scheme:wrong": "Faux : {part} % des points.",
    "scheme:unknown": "Ce que symgd ne sait pas lire reste en suspens et doit être examiné par quelqu'un.",
    "kind:line": "le membre de droite : {0}",
    "kind:factor": "le facteur : {0}",
    "kind:rule": "la règle : {0}",
    "kind:number": "la valeur : {0}",
    "practice:title": "Entraînement : trouver {0}",
    "practice:how": "Écrivez une ligne comme {example}, ou poursuivez avec = .... Des mots utiles : hint (indice), show (montrer), end (fin).",
    "practice:right": "Juste : c'est bien {0}.",
    "practice:done": "Tout est trouvé.",
    "practice:next": "Trouvez maintenant {0}.",
    "practice:unfinished": "Juste, mais ce n'est pas encore le but : continuez jusqu'à ce que {0} ne contienne plus de dérivée.",
    "practice:known": "Juste, mais cela n'apporte rien de nouveau.",
    "practice:defined": "C'est noté comme un nom à vous.",
    "practice:wrong": "Cette égalité est fausse.",
    "practice:slip": "L'erreur probable : {slip}.",
    "practice:at": "En {point}, le membre de gauche vaut {left} et celui de droite {right}.",
    "practice:unknown": "Cette ligne n'est pas comprise, ce qui ne veut pas dire qu'elle soit fausse.",
    "practice:reason": "Ce qui a été lu : {reason}",
    "practice:named": "Oui, cette règle s'applique ici. Écrivez maintenant la ligne.",
    "practice:hint:rule": "Indice : {0}.",
    "practice:hint:why": "Justification : {0}",
    "practice:hint:line": "La ligne : {0} = {1}",
    "practice:hint:none": "Il n'y a pas d'autre indice.",
    "practice:many": "Une séance compte au plus {count} lignes ; elle s'arrête ici.",
    "practice:receipt": "Bilan",
    "practice:found": "trouvé",
    "practice:open": "à trouver",
    "practice:shown": "montré",
    "practice:counts": "Lignes : {lines}. Justes : {right}. Fausses : {wrong}. Non comprises : {unknown}. Indices : {hints}.",
    "slip:sign": "le signe est faux",
    "slip:factor": "un facteur constant est faux",
    "slip:square": "un carré manque ou est de trop",
    "slip:exponent": "un exposant est faux",
    "slip:prime": "une dérivée manque ou est de trop",
    "slip:variable": "une lettre est mise pour une autre",
    "slip:function": "une fonction est mise pour une autre",
    "slip:index": "un indice est faux",
    "slip:transpose": "une transposition manque ou est de trop",
    "slip:operator": "une opération est mise pour une autre",
    "slip:sum": "une somme est perdue",
    "slip:extra": "un facteur ou un terme est de trop",
    "slip:inner-derivative": "il manque la dérivée d'une fonction intérieure",
    "slip:dropped-term": "il manque un terme",
}

VERDICTS = {
    "proved": "démontré : les deux membres ont la même forme normale exacte",
    "sampled": "vérifié par échantillonnage : les deux membres coïncident sur {digits} chiffres en des points du domaine pris au hasard",
    "refuted": "réfuté",
}

# -- derivations over arrays

#  id                     nom                                        justification
_ARRAY_ROWS: Rows = _rows((
    # -- steps between rules
    ("identify",            "le coefficient de {detail}",              "df = ⟨G, dX⟩ dit que G est le gradient par rapport à X."),
    ("identify_vec",        "la matrice devant vec {detail}",          "vec dF = J vec dX dit que J est la matrice jacobienne."),
    ("identify_slope",      "le facteur devant {detail}",              "dF = F' dt dit que F' est la dérivée par rapport à t."),
    ("symmetric",           "variations symétriques de X seulement",   "Les coefficients hors de la diagonale varient par paires et comptent donc deux fois."),
    ("diagonal",            "seule la diagonale de X varie",           "Les coefficients hors de la diagonale restent nuls."),
    ("collect_adjoint",     "tout ce que {detail} fait varier",        "Ce qui atteint le coût par plusieurs chemins s'additionne."),
    # -- rules of differentials
    ("d_sum",               "dérivée d'une somme",                     "Une somme varie de la somme des variations de ses termes."),
    ("d_broadcast",         "biais ajouté à chaque ligne",             "Une ligne ajoutée à toutes les lignes les fait toutes varier."),
    ("d_constant_factor",   "facteurs constants",                      "Ce qui ne varie pas reste à sa place."),
    ("d_quotient",          "dérivée d'un quotient",                   "Le numérateur varie, et le dénominateur joue en sens contraire."),
    ("d_product",           "dérivée d'un produit",                    "Les facteurs varient tour à tour."),
    ("d_transpose",         "transposée",                              "La transposition est linéaire."),
    ("d_norm_squared",      "carré de la norme de Frobenius",          "Quand un coefficient varie, la somme des carrés varie du double de ce coefficient multiplié par sa variation."),
    ("d_sqrt",              "racine carrée",                           "C'est la dérivée d'une puissance, pour l'exposant 1/2."),
    ("d_reciprocal",        "inverse d'un nombre",                     "C'est la dérivée d'une puissance, pour l'exposant -1."),
    ("d_power",             "dérivée d'une puissance",                 "L'exposant passe en facteur et diminue de 1."),
    ("d_general_power",     "puissance générale",                      "La base et l'exposant varient tour à tour."),
    ("d_matrix_power",      "puissance d'une matrice",                 "Chacun des k facteurs varie à son tour."),
    ("d_named_power",       "puissance d'une matrice",                 "Chacun des k facteurs varie à son tour ; si k est négatif, c'est l'opposé de la somme de k à -1."),
    ("d_log_softmax",       "logarithme de la fonction softmax",       "ln softmax(u) est u moins le logarithme de la somme des exponentielles : il n'y a donc rien à diviser."),
    ("d_entrywise",         "fonction coefficient par coefficient",    "Chaque coefficient varie selon sa propre pente ; f' vient du lemme."),
    ("d_softmax",           "fonction softmax",                        "Chaque part varie avec son logit, diminué de la variation moyenne de tous les logits."),
    ("d_rsoftmax",          "fonction softmax de chaque ligne",        "Dans chaque ligne, une part varie avec son logit, diminué de la variation moyenne des logits de la ligne."),
    ("d_logsumexp",         "LogSumExp",                               "Le gradient du logarithme de la somme des exponentielles est la fonction softmax."),
    ("d_rlogsumexp",        "LogSumExp de chaque ligne",               "Dans chaque ligne, le gradient du logarithme de la somme des exponentielles est la fonction softmax."),
    ("d_peak",              "place du plus grand coefficient",         "La place du plus grand coefficient ne change pas au voisinage ; en cas d'égalité, on convient de 0."),
    ("d_max",               "plus grand coefficient",                  "Seul le plus grand coefficient compte ; s'ils sont plusieurs, chacun a sa part."),
    ("d_prod",              "produit des coefficients",                "Les facteurs varient tour à tour."),
    ("d_member",            "un membre d'une famille",                 "Le membre d'indice k d'une famille varie comme la famille en cet indice."),
    ("d_family",            "famille indexée",                         "Une famille varie comme chacun de ses membres."),
    ("d_sum_over",          "somme sur un indice",                     "Une somme sur un indice est une somme comme une autre."),
    ("d_triangle",          "matrice triangulaire",                    "Ranger une colonne sous la diagonale est linéaire, l'y relire aussi."),
    ("d_trace",             "trace d'une matrice",                     "La trace est linéaire."),
    ("d_entries",           "somme des coefficients",                  "La somme des coefficients est linéaire."),
    ("d_row_sums",          "sommes des lignes",                       "Les sommes des lignes sont linéaires."),
    ("d_column_sums",       "sommes des colonnes",                     "Les sommes des colonnes sont linéaires."),
    ("d_diag",              "matrice diagonale",                       "Ranger une colonne sur la diagonale est linéaire."),
    ("d_diagonal",          "diagonale d'une matrice",                 "Prendre la diagonale est linéaire."),
    ("d_vec",               "vectorisation",                           "Empiler les colonnes est linéaire."),
    ("d_inverse",           "inverse d'une matrice",                   "De U U⁻¹ = I : ce que fait U, son inverse le défait des deux côtés."),
    ("d_pinv",              "pseudo-inverse",                          "C'est le résultat de Golub et Pereyra (1973), là où le rang ne change pas."),
    ("d_determinant",       "déterminant",                             "C'est la formule de Jacobi."),
    ("d_log_determinant",   "logarithme du déterminant",               "C'est la formule de Jacobi, divisée par le déterminant."),
    ("d_norm2",             "norme de Frobenius",                      "C'est la racine de la somme des carrés."),
    ("d_norm1",             "norme 1",                                 "Chaque coefficient compte avec son signe ; en 0, on convient de 0."),
    ("d_kron",              "produit de Kronecker",                    "Les facteurs varient tour à tour."),
    ("d_matrix_function",   "fonction d'une matrice",                  "C'est la dérivée de Fréchet ; elle vaut f'(U) dU si dU commute avec U."),
    # -- identities
    ("ones_product",        "produit par un vecteur de 1",             "Un produit par un vecteur de 1 somme les lignes ou les colonnes."),
    ("repeated",            "ce qui se répète",                        "Ce qui est le même dans toutes les lignes (ou colonnes) se calcule dans une seule."),
    ("sums_of_products",    "sommes d'un produit",                     "Par colonnes, on ne somme que le premier facteur ; par lignes, que le dernier."),
    ("orthogonal",          "matrice orthogonale",                     "La transposée d'une matrice orthogonale est son inverse."),
    ("skew",                "matrice antisymétrique",                  "La transposée d'une matrice antisymétrique est son opposée."),
    ("diag_product",        "produit par une matrice diagonale",       "Une matrice diagonale multiplie coefficient par coefficient."),
    ("diag_eye",            "partie diagonale",                        "Il ne reste que la diagonale."),
    ("diag_outer",          "diagonale d'un produit extérieur",        "Le i-ième coefficient de la diagonale est x_i y_i."),
    ("trace_outer",         "trace d'un produit extérieur",            "Les facteurs sous une trace peuvent être permutés circulairement."),
    ("trace_product",       "facteurs sous la trace",                  "Les facteurs sous une trace peuvent être permutés circulairement ; ceux qui deviennent voisins peuvent se simplifier."),
    ("inner_products",      "somme de produits",                       "Une somme de produits est un produit scalaire."),
    ("shares",              "les parts ont pour somme 1",              "Les coefficients de parts, d'un vecteur indicateur de classe ou d'une fonction softmax ont pour somme 1."),
    ("labels",              "carrés des étiquettes",                   "0 et 1 sont leurs propres carrés ; le carré de -1 est 1."),
    ("signs",               "signe et valeur absolue",                 "Un nombre est le produit de sa valeur absolue et de son signe."),
    ("join_families",       "une seule famille",                       "Ce qui est donné un par un s'additionne un par un."),
    ("recognise_sigmoid",   "reconnaître la sigmoïde",                 "Cette fraction a un nom."),
    ("recognise_softmax",   "reconnaître la fonction softmax",         "Des exponentielles divisées par leur somme ont un nom."),
    ("kron_product",        "produit mixte",                           "Les produits de Kronecker se multiplient facteur par facteur."),
    ("spread",              "développer",                              "Une fois développés, des termes se compensent ou se regroupent."),
    ("common_denominator",  "un seul dénominateur",                    "On réduit à la plus haute puissance des fractions dont les dénominateurs sont des puissances d'un même terme."),
    ("collect",             "regrouper",                               "Ce que tous les termes ont en commun s'écrit une seule fois."),
))  # fmt: skip

FRENCH = Language(
    code="fr",
    names=names_of(_ROWS, _FUNCTIONS),
    reasons=reasons_of(_ROWS, _FUNCTIONS),
    titles=_all(TITLES),
    times=TIMES,
    orders=ORDERS,
    headings=_all(HEADINGS),
    report=_all(REPORT),
    pictures=_all(PICTURES),
    exercises=_all(EXERCISES),
    verdicts=_all(VERDICTS),
    conditions={"if": "si", "otherwise": "sinon", "and": "et", "or": "ou"},
)

ARRAYS = ArrayMessages(
    names={i: n for i, n, _ in _ARRAY_ROWS},
    reasons={i: b for i, _, b in _ARRAY_ROWS},
    titles=_all(
        {
            "pass:cost": "La différentielle de {detail}",
            "pass": "Retour à travers {detail}",
            "differential": "La différentielle de la dérivée",
            "adjoints": "La rétropropagation",
            "result:jacobian": "La matrice jacobienne",
            "result:hessian": "La matrice hessienne",
        }
    ),
    verdicts=_all(
        {
            "proved": "démontré : les deux membres ont la même forme normale exacte",
            "exact": "égaux en fractions exactes, pour des valeurs prises au hasard le long d'une direction prise au hasard, avec deux jeux de dimensions",
            "sampled": "égaux sur {digits} chiffres, pour des valeurs prises au hasard le long d'une direction prise au hasard, avec deux jeux de dimensions",
        }
    ),
)
