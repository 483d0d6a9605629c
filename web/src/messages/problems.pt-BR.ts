/** The server's refusals in Portuguese, by their code; `…Money` is a fact as an amount. */
import type { problemsEn } from './problems.en.ts'

export const problemsPtBR: Readonly<Record<keyof typeof problemsEn, string>> = {
  'problem.1000': 'A solicitação não pôde ser lida.',
  'problem.1001': 'Parte do que foi informado não está correta.',
  'problem.1010': 'Sua sessão terminou. Entre novamente.',
  'problem.1011':
    'Você não pode fazer isso: é preciso a permissão “{resource}”. Peça a um administrador.',
  'problem.1012':
    'A solicitação veio de outro site e foi recusada. Recarregue a página e tente de novo.',
  'problem.1020':
    'O servidor não conhece esta operação. Recarregue a página: ela pode ser mais antiga que o servidor.',
  'problem.1021': 'Não há conta {accountId} nesta loja.',
  'problem.1022': 'A conta não tem a pré-autorização {transactionId}.',
  'problem.1023': 'Não há título {invoiceId} aqui.',
  'problem.1024': 'A conta não tem o dependente {holderId}.',
  'problem.1030': 'É muito de uma só vez: no máximo {most}. Envie menos por vez.',
  'problem.1031': 'O servidor não pôde aceitar a solicitação: o corpo não é JSON.',
  'problem.1032': 'A solicitação é grande demais. Apague os cookies deste site e tente de novo.',
  'problem.1099': 'Este comprador já tem uma conta aberta.',
  'problem.1100':
    'A conta {accountId} está encerrada e só pode ser consultada. Abra uma nova para o comprador.',
  'problem.1101':
    'A conta está congelada ({reason}): aceita pagamentos, mas não novas compras. Descongele-a antes.',
  'problem.1102':
    'A conta deve {owedMoney} e tem {heldMoney} reservado. Os dois precisam ser zero para encerrá-la.',
  'problem.1103': 'O e-mail já pertence à conta {accountId}. Remova-o de lá antes.',
  'problem.1104': 'O titular não pode ser removido. Altere o e-mail da conta.',
  'problem.1105': 'Uma conta tem no máximo {most} dependentes adicionais. Remova um antes.',
  'problem.1106':
    'O comprador não é dependente desta conta. Adicione o e-mail como dependente antes.',
  'problem.1110':
    'Foram pedidos {valueMoney} e podem ser gastos {spendableMoney}: faltam {shortfallMoney}.',
  'problem.1111': 'A pré-autorização terminou. Autorize o pedido novamente.',
  'problem.1112':
    '{settledMoney} da pré-autorização já foram liquidados. Altere a liquidação ou devolva o valor.',
  'problem.1113':
    'A pré-autorização está marcada para ser liquidada e não pode ser cancelada agora.',
  'problem.1114':
    'Foram pedidos {valueMoney}, e esta pré-autorização pode crescer até {mostMoney}. Autorize o restante à parte.',
  'problem.1115': 'Não há o que liquidar. Para devolver o crédito, cancele a pré-autorização.',
  'problem.1116':
    'Seriam retirados {lowerByMoney} e só há {openMoney} em títulos abertos. Devolva o que foi pago.',
  'problem.1117': '{refundedMoney} já foram devolvidos: a liquidação não pode ser menor que isso.',
  'problem.1118': 'Foram pedidos {valueMoney} e restam {refundableMoney} a devolver.',
  'problem.1119': 'Uma pré-autorização gera no máximo {most} títulos. Autorize o restante à parte.',
  'problem.1120':
    'O título não pode mudar assim. Antes é preciso desfazer o pagamento; um título cancelado permanece cancelado.',
  'problem.1121':
    'O título é de {valueMoney} e só restam {refundableMoney} do pedido: cancelá-lo daria crédito duas vezes.',
  'problem.1122': 'A loja não adia títulos. Ative isso nas configurações antes.',
  'problem.1123': 'Só títulos abertos podem ser adiados.',
  'problem.1124': 'A loja permite {most} adiamentos por título.',
  'problem.1125': 'Foram pedidos {days} dias e restam {left}. Peça no máximo isso.',
  'problem.1130': 'Um débito de {valueMoney} já foi registrado com este identificador. Use outro.',
  'problem.1131': 'Uma conta pode dever no máximo {mostMoney}.',
  'problem.1132': 'Outra pessoa alterou isto nesse meio-tempo: {fields}. Confira e decida de novo.',
  'problem.1140':
    'Esta solicitação já foi usada para outra coisa. Recarregue a página e tente de novo.',
  'problem.1141': 'A mesma solicitação ainda está em andamento. Aguarde um momento e confira.',
  'problem.1150': 'Solicitações demais. Tente de novo em {retryAfter_s} s.',
  'problem.1151': 'Muitas tentativas de entrada sem sucesso. Tente de novo em {retryAfter_s} s.',
  'problem.1160': 'O servidor está sobrecarregado. Nada foi feito: tente de novo em instantes.',
  'problem.1161': 'O banco de dados não responde. Nada foi feito: tente de novo em instantes.',
  'problem.1162':
    'O banco de dados caiu durante a solicitação. Ela pode ter sido feita ou não: repetir é seguro.',
  'problem.1170': 'Algo deu errado no servidor. Nada foi feito.',
  'problem.1200': 'O arquivo não pode ser usado.',
  'problem.1201': 'Escolha um arquivo antes.',
  'problem.1202': 'O arquivo não chegou como formulário. Recarregue a página e tente de novo.',
  'problem.1203': 'Um arquivo pode ter no máximo {most}. Divida-o e envie as partes.',
  'problem.1204': 'Arquivos demais estão sendo enviados. Envie de novo em instantes.',
  'problem.1210': 'A linha não pôde ser lida.',
  'problem.1211':
    'A linha {line} do arquivo trata da mesma conta ou título. Mantenha uma das duas.',
  'problem.1220': 'Não há importação ou exportação {jobId} nesta loja.',
  'problem.1221': 'Já terminou: não há o que interromper.',
  'problem.1222': 'Não há o que confirmar aqui.',
  'problem.1223': 'Não há o que tentar de novo aqui.',
  'problem.1224':
    'Os dados mudaram desde a prévia (linhas {lines}). Envie o arquivo de novo e confira.',
  'problem.1225': 'O link não abre mais o arquivo. Abra a exportação de novo para obter outro.',
  'problem.1226':
    '{count} linhas correspondem e no máximo {most} são dadas de uma vez. Exporte para um arquivo.',
  'problem.1300': 'E-mail ou senha incorretos.',
  'problem.1301': 'Muitas senhas incorretas para este e-mail. Tente de novo em {retryAfter_s} s.',
  'problem.1302': 'Isto é para pessoas que entraram com e-mail e senha, não para programas.',
  'problem.1303': 'A senha atual está incorreta; a senha não foi alterada.',
  'problem.1304': 'Esta loja não tem esse usuário.',
  'problem.1305': 'Já há um usuário com o e-mail {email}. Altere esse, ou ative-o de novo.',
  'problem.1306':
    'A loja precisa de um administrador e este é o único. Torne outra pessoa administradora primeiro.',
  'problem.1307': 'Esta loja não tem a chave {appKey} em vigor.',
  'problem.1308':
    'O provedor de identidade não liberou a entrada. Comece de novo na página de entrada.',
  'problem.1309':
    'O provedor de identidade conhece você, esta loja não. Peça a um administrador que crie ou ative seu usuário.',
  'problem.1310':
    'Não foi possível falar com o provedor de identidade. Tente de novo em instantes, ou entre com a senha.',
}
